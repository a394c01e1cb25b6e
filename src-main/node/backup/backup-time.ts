/**
 * The first instant after `afterMs` at which the clocks of this host show a time of day, `HH:MM`. On a day
 * on which they skip it, it is the instant at which they have passed it.
 */
export function nextTimeOfDay(time: string, afterMs: number): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const day = new Date(afterMs);
  for (;;) {
    day.setHours(hours, minutes, 0, 0);
    if (day.getTime() > afterMs) return day.getTime();
    day.setDate(day.getDate() + 1);
  }
}
