import { minuteMs } from '../model/time-units.ts';
import type { TimelineEvent, TimelineKind } from '../model/timeline.ts';

/** What belongs to an entry, by kind, and how long after it. */
interface Following {
  kinds: readonly TimelineKind[];
  afterMs: number;
}

/** How long before an entry what belongs to it may be. */
const beforeMs = minuteMs;

/** Entries that tell of something as a whole, and those that tell of its parts. */
const following: Partial<Record<TimelineKind, Following>> = {
  failoverBegan: {
    kinds: ['serverDisconnected', 'servingLost', 'syncLost', 'readinessLost', 'storeFailed'],
    afterMs: 30_000,
  },
  failoverEnded: {
    kinds: ['serverConnected', 'syncRegained', 'readinessRegained', 'ledgersMerged'],
    afterMs: 30_000,
  },
  drillFinished: {
    kinds: ['switchedOver', 'syncLost', 'syncRegained', 'readinessLost', 'readinessRegained'],
    afterMs: 5_000,
  },
};

const partKinds = new Set(Object.values(following).flatMap(({ kinds }) => kinds));

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
    const isLone = byHead.has(event) || !mayBePart(event);
    const nearest = isLone ? undefined : findNearest(groups, event);
    if (!nearest) continue;
    nearest.parts.push(event);
    isPart.add(event);
  }
  return events
    .filter((event) => !isPart.has(event))
    .map((event) => byHead.get(event) ?? { head: event, parts: [] });
}

/** That a server waits at its start is told as an information, and is part of no failure. */
function mayBePart({ kind, severity }: TimelineEvent): boolean {
  return partKinds.has(kind) && !(kind === 'servingLost' && severity === 'info');
}

function findNearest(groups: readonly EventGroup[], event: TimelineEvent): EventGroup | undefined {
  const atMs = Date.parse(event.at);
  let nearest: { group: EventGroup; distanceMs: number } | undefined;
  for (const group of groups) {
    const rule = following[group.head.kind];
    if (!rule?.kinds.includes(event.kind)) continue;
    const afterMs = atMs - Date.parse(group.head.at);
    if (afterMs < -beforeMs || afterMs > rule.afterMs) continue;
    const distanceMs = Math.abs(afterMs);
    if (!nearest || distanceMs < nearest.distanceMs) nearest = { group, distanceMs };
  }
  return nearest?.group;
}
