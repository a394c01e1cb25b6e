import type { TimelineEvent } from '../model/timeline.ts';

/**
 * Entries as one story, the newest first: by when each happened, and not by when this server came to know
 * of it, which for what happened elsewhere while it was away is later. Of one moment, what became known
 * last comes first.
 */
export function newestFirst<E extends Pick<TimelineEvent, 'at' | 'sequence'>>(
  events: readonly E[],
): E[] {
  const timed = events.map((event) => ({ event, atMs: Date.parse(event.at) }));
  timed.sort((a, b) => b.atMs - a.atMs || b.event.sequence - a.event.sequence);
  return timed.map(({ event }) => event);
}
