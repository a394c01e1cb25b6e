import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';

/** Entries as lines to paste into a mail or a sheet: time (UTC), severity, message. */
export function timelineText(entries: readonly TimelineEvent[]): string {
  return entries
    .map(({ at, severity, message }) => `${at}\t${severity}\t${message.replaceAll(/\s+/g, ' ')}`)
    .join('\n');
}
