import type { TimelineKind } from '../../../src-shared/model/timeline.ts';
import { dayMs } from '../../../src-shared/model/time-units.ts';
import type { StoredEvent } from '../store/store.ts';
import type { Replicas } from './replicas.ts';

// What was confirmed can be gone where a server has forgotten it (protocol section 6): its members say what they drop.

/** A member that was away for longer than this cannot know what it drops for such a reason. */
const countsForMs = 7 * dayMs;

/** Entries of the journals of servers by which one of them has forgotten something. */
const kinds: readonly TimelineKind[] = ['directoryPutBack', 'dataLossAccepted'];

type Ledgers = Pick<Replicas, 'all'>;

/** The timeline of this server has more entries, of its own or of another one. */
export function noteForgottenIn(
  entries: readonly StoredEvent[],
  replicas: Ledgers,
  nowMs: number,
): void {
  const isSaid = entries.some(
    ({ kind, atMs }) => kinds.includes(kind) && Math.abs(nowMs - atMs) < countsForMs,
  );
  if (isSaid) tell(replicas);
}

/** At a start: `putBackAt` is when other servers, or this one, were found to have been put back, as instants. */
export function noteForgottenBefore(
  putBackAt: readonly (string | null)[],
  replicas: Ledgers,
  nowMs: number,
): void {
  const counts = (at: string | null) => at !== null && nowMs - Date.parse(at) < countsForMs;
  if (putBackAt.some(counts)) tell(replicas);
}

function tell(replicas: Ledgers): void {
  for (const replica of replicas.all()) replica.step({ type: 'forgottenElsewhere' });
}
