import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import { groupEvents } from '../../../src-shared/view/group-events.ts';

/** A line of the timeline: an entry that stands alone, one that unfolds, or one that was unfolded. */
export interface TimelineRow {
  event: TimelineEvent;
  /** Entries that belong to it. */
  partCount: number;
  isOpen: boolean;
  isPart: boolean;
}

/** `open`: the sequences of the entries that are unfolded. */
export function timelineRows(
  entries: readonly TimelineEvent[],
  open: ReadonlySet<number>,
): TimelineRow[] {
  return groupEvents(entries).flatMap(({ head, parts }) => {
    const isOpen = open.has(head.sequence);
    const first = { event: head, partCount: parts.length, isOpen, isPart: false };
    if (!isOpen) return [first];
    const rest = parts.map((event) => ({ event, partCount: 0, isOpen: false, isPart: true }));
    return [first, ...rest];
  });
}
