const minutesOfDay = 24 * 60;

/** Whether a local time is in a window `HH:MM-HH:MM`, which may pass midnight; the end is not in it. */
export function isWithinWindow(window: string, now: Date): boolean {
  const [from = 0, to = 0] = window.split('-').map(minutesOf);
  const minutes = now.getHours() * 60 + now.getMinutes();
  const length = (to - from + minutesOfDay) % minutesOfDay || minutesOfDay;
  return (minutes - from + minutesOfDay) % minutesOfDay < length;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
