import type { ReplicaEffect } from '../../src-main/node/core/replica/replica-effect.ts';
import type { ReplicaEvent } from '../../src-main/node/core/replica/replica-event.ts';
import type { Change } from '../../src-main/node/core/ledger/change.ts';
import { isLive, rank } from '../../src-main/node/core/rows/row.ts';

/** What can happen. A run of many seeds in which one of these never does has shown little. */
const kinds = [
  'takeover',
  'gather',
  'found',
  'exchange',
  'handover',
  'adoption',
  'live again',
  'expired',
  'replaced or returned',
  'sweep',
  'overdraft',
  'reservation',
  'suspension',
  'store failed',
  'rows begun',
  'rows ended',
  'history missing',
  'history lost',
  'taken out',
  'put back',
  'wiped',
  'incomplete',
  'given back',
  'loss accepted',
  'learner counted in',
  'clock stepped',
  'clock leapt',
  'time set back',
  'parted with clients',
  'released',
  'request repeated',
  'seat asked for anew',
  'sleep of a client',
  'token replayed',
] as const;

/** What can happen beside that where several ledgers have servers in common. */
const kindsTogether = [
  'serves several ledgers',
  'ledgers apart',
  'borrow taken over',
  'licence rolled out',
  'member added',
  'member removed',
  'member replaced',
  'order changed',
] as const;

const allKinds = [...kinds, ...kindsTogether];

export type Covered = (typeof allKinds)[number];

/** How often each happened. */
export type Coverage = Record<Covered, number>;

export function createCoverage(): Coverage {
  return Object.fromEntries(allKinds.map((kind) => [kind, 0])) as Coverage;
}

export function addCoverage(sum: Coverage, more: Coverage): void {
  for (const kind of allKinds) sum[kind] += more[kind];
}

/** Of one ledger; or of several on the same servers, of which a pool alone is given to other members. */
export function uncovered(coverage: Coverage, of: 'one' | 'pool' | 'mains'): Covered[] {
  const ofMains = kindsTogether.filter((kind) => !ofPools.has(kind));
  const expected = { one: kinds, pool: kindsTogether, mains: ofMains }[of];
  return expected.filter((kind) => coverage[kind] === 0);
}

const ofPools: ReadonlySet<Covered> = new Set<Covered>([
  'member added',
  'member removed',
  'order changed',
]);

/** Counts what one step of a member did. */
export function coverStep(coverage: Coverage, event: ReplicaEvent, effect: ReplicaEffect): void {
  if (effect.type === 'removed') coverage['taken out']++;
  if (effect.type === 'send' && effect.message.type === 'gather') coverage.gather++;
  if (effect.type === 'send' && effect.message.type === 'found') coverage.found++;
  if (effect.type === 'send' && effect.message.type === 'buckets') coverage.exchange++;
  if (effect.type === 'send' && effect.message.type === 'handover') coverage.handover++;
  if (effect.type !== 'persist') return;
  for (const write of effect.writes) {
    if (write.type === 'append') {
      const changes = write.entries.flatMap((entry) => [...entry.changes]);
      if (changes.some(countsLearnerIn)) coverage['learner counted in']++;
    }
    if (write.type === 'beginRows') coverage['rows begun']++;
    if (write.type === 'image') coverage['rows ended'] += write.image.ledger.rows?.length ? 1 : 0;
    if (write.type !== 'rows') continue;
    coverage['history missing'] += write.gaps.length;
    const renews =
      event.type === 'requestsReceived' &&
      event.requests.some(({ type }) => type === 'renewalRequested');
    for (const change of write.changes) coverChange(coverage, change, renews);
  }
}

function countsLearnerIn(change: Change): boolean {
  if (change.type !== 'config') return false;
  return (change.before.learners?.length ?? 0) > (change.after.learners?.length ?? 0);
}

function coverChange(coverage: Coverage, change: Change, renews: boolean): void {
  if (change.type === 'event' && change.after.kind === 'overdraftBegan') coverage.overdraft++;
  if (!('row' in change) || !change.row) return;
  const { before, after } = change.row;
  if (before?.kind === 'lease' && !after) coverage.sweep++;
  if (after?.kind !== 'lease' || before === after) return;
  if (after.rank >= rank.returned) coverage['replaced or returned']++;
  else if (!isLive(after)) coverage.expired++;
  else if (after.rank > 0) coverage['live again']++;
  if (renews && isLive(after) && (!before || (before.kind === 'lease' && !isLive(before)))) {
    coverage.adoption++;
  }
}
