import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { LeaseRow } from '../rows/row.ts';
import { isToldWrite } from '../rows/told-write.ts';
import { type Draft, record } from './draft.ts';
import { currentGrant, type LedgerState } from './ledger.ts';

/** How long a row that is not renewed counts, unless a licence makes it longer. */
export const rowLifeMsDefault = 86_400_000;

/**
 * How long the row of an ordinary lease counts after its stamp: well beyond every token that it stands
 * for, with the longest time-to-live there is (protocol section 3).
 */
export function rowLifeMs(state: LedgerState): number {
  return Math.max(state.rowLifeMsMin, 4 * longestTtlMs(state));
}

export function longestTtlMs({ licenses }: LedgerState): number {
  let longestMs = 0;
  for (const license of licenses.values()) {
    longestMs = Math.max(longestMs, currentGrant(license).ttlSeconds * 1000);
  }
  return longestMs;
}

/**
 * Writes the row of a lease that its holder shows anew, without any other change, when a third of its life has
 * passed, since no token may end later than its row; and when its row does not say that a client was told of the
 * lease. Who serves next knows that by rows alone (protocol section 7).
 */
export function refreshRow(draft: Draft, lease: Lease): void {
  const { state } = draft;
  const row = state.rows?.lease.get(lease.id);
  if (!row || draft.readOnly) return;
  const ages = lease.borrowUntilMs === null && draft.ledgerMs - row.stampMs >= state.rowLifeMs / 3;
  if (ages || !saysThatTold(state, row))
    record(draft, { type: 'lease', before: lease, after: lease });
}

/** A write of the own spell counts as told when the spell ends, if it was acknowledged. */
function saysThatTold({ rows, spell }: LedgerState, row: LeaseRow): boolean {
  return !rows || row.by === spell?.id || isToldWrite(rows, row);
}

/** When the row of a live lease stops counting, whatever is heard of it. */
export function naturalEndMs(row: LeaseRow, lifeMs: number): number {
  return row.lease?.borrowUntilMs ?? row.stampMs + lifeMs;
}
