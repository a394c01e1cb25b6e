import type { TimelineEvent, TimelineKind } from '../model/timeline.ts';

/** What belongs to an entry, by kind, and how long before and after it. */
interface Following {
  kinds: readonly TimelineKind[];
  beforeMs: number;
  afterMs: number;
}

/** Entries that tell of something as a whole, and those that tell of its parts. */
const following: Partial<Record<TimelineKind, Following>> = {
  failoverBegan: {
    kinds: ['serverDisconnected', 'servingLost', 'syncLost', 'readinessLost', 'storeFailed'],
    beforeMs: 60_000,
    afterMs: 30_000,
  },
  failoverEnded: {
    kinds: ['serverConnected', 'syncRegained', 'readinessRegained', 'ledgersMerged'],
    beforeMs: 60_000,
    afterMs: 30_000,
  },
  drillFinished: {
    kinds: ['switchedOver', 'syncLost', 'syncRegained', 'readinessLost', 'readinessRegained'],
    beforeMs: 60_000,
    afterMs: 5_000,
  },
};

/** An entry that stands for what happened, with what else is told of it, in the order that was given. */
export interface EventGroup {
  head: TimelineEvent;
  parts: TimelineEvent[];
}

/** One failure is one group, whatever the servers tell of it. Pure; the order of the heads is kept. */
export function groupEvents(events: readonly TimelineEvent[]): EventGroup[] {
  const groups = events
    .filter(({ kind }) => following[kind] !== undefined)
    .map((head): EventGroup => ({ head, parts: [] }));
  const byHead = new Map(groups.map((group) => [group.head, group]));
  const isPart = new Set<TimelineEvent>();
  for (const event of events) {
    const nearest = byHead.has(event) ? undefined : findNearest(groups, event);
    if (!nearest) continue;
    nearest.parts.push(event);
    isPart.add(event);
  }
  return events
    .filter((event) => !isPart.has(event))
    .map((event) => byHead.get(event) ?? { head: event, parts: [] });
}

function findNearest(groups: readonly EventGroup[], event: TimelineEvent): EventGroup | undefined {
  const atMs = Date.parse(event.at);
  let nearest: { group: EventGroup; distanceMs: number } | undefined;
  for (const group of groups) {
    const rule = following[group.head.kind];
    // That a server waits at its start is told as an information, and is part of no failure.
    const isNews = event.kind === 'servingLost' && event.severity === 'info';
    if (isNews || !rule?.kinds.includes(event.kind)) continue;
    const afterMs = atMs - Date.parse(group.head.at);
    if (afterMs < -rule.beforeMs || afterMs > rule.afterMs) continue;
    const distanceMs = Math.abs(afterMs);
    if (!nearest || distanceMs < nearest.distanceMs) nearest = { group, distanceMs };
  }
  return nearest?.group;
}
