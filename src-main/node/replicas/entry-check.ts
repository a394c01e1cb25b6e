import type { Lease } from '../../../src-shared/model/lease.ts';
import type { Change } from '../core/ledger/change.ts';
import { entriesAfter, holds, lastIndex } from '../core/replica/log.ts';
import type { PeerMessage } from '../core/replica/message.ts';
import type { ReplicaState } from '../core/replica/replica-state.ts';

type Append = Extract<PeerMessage, { type: 'append' }>;

/**
 * Whether the changes of leases in these entries begin with the leases as they are here. Entries
 * that follow the same entry always do; after any others the count of units would be wrong.
 */
export function followsLeases(state: ReplicaState, { prev, entries }: Append): boolean {
  const { log, ledger } = state;
  if (!holds(log, prev)) return true;
  const last = lastIndex(log);
  const fork = entries.find((entry) => entry.index > last || !holds(log, entry));
  if (!fork) return true;
  /** Leases as they are after the entries that are looked at; null: none. */
  const seen = new Map<string, Lease | null>();
  const dropped = fork.index > last ? [] : entriesAfter(log, fork.index - 1, last);
  for (const { changes } of dropped.toReversed()) {
    for (const change of changes.toReversed()) note(seen, change, 'after', 'before');
  }
  const leaseOf = (id: string) => (seen.has(id) ? seen.get(id) : ledger.leases.get(id));
  return entries
    .filter(({ index }) => index >= fork.index)
    .every(({ changes }) =>
      changes.every((change) => {
        const follows = change.type !== 'lease' || isNext(change, leaseOf);
        note(seen, change, 'before', 'after');
        return follows;
      }),
    );
}

type LeaseChange = Extract<Change, { type: 'lease' }>;

function isNext(
  { before, after }: LeaseChange,
  leaseOf: (id: string) => Lease | null | undefined,
): boolean {
  if (after && after.id !== before?.id && leaseOf(after.id)) return false;
  if (!before) return true;
  const { licenseId, units, borrowUntilMs } = leaseOf(before.id) ?? {};
  return (
    licenseId === before.licenseId &&
    units === before.units &&
    borrowUntilMs === before.borrowUntilMs
  );
}

function note(
  seen: Map<string, Lease | null>,
  change: Change,
  from: 'before' | 'after',
  to: 'before' | 'after',
): void {
  if (change.type !== 'lease') return;
  const { [from]: was, [to]: is } = change;
  if (was) seen.set(was.id, null);
  if (is) seen.set(is.id, is);
}
