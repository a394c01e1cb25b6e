import { isOver } from '../rows/row-set.ts';
import { isLive, type LeaseRow, rank } from '../rows/row.ts';
import { type Draft, record } from './draft.ts';
import { endLease } from './leases.ts';
import { clockMarginMs } from './lease-life.ts';
import { longestTtlMs, naturalEndMs, rowLifeMs } from './row-life.ts';

/** The sweep mark moves on in this many steps within the life of a row. */
const stepsPerLife = 144;

/**
 * Moves the sweep mark on, at the active: what is over by it goes. A lease that nobody serves or
 * renews ends when its row's life does. Every so often, since all rows are looked at.
 */
export function sweepRows(draft: Draft, everyMemberHasAll: boolean): void {
  const { state, ledgerMs } = draft;
  const { rows } = state;
  if (!rows) return;
  state.rowLifeMs = rowLifeMs(state);
  const stepMs = state.rowLifeMs / stepsPerLife;
  if (ledgerMs - state.sweptMs < stepMs) return;
  state.sweptMs = ledgerMs;
  const keptMs = state.rowLifeMs + longestTtlMs(state) + 2 * clockMarginMs;
  rows.markMs = Math.max(rows.markMs, Math.floor((ledgerMs - keptMs) / stepMs) * stepMs);
  for (const row of [...rows.lease.values()]) sweepRow(draft, row, everyMemberHasAll);
}

function sweepRow(draft: Draft, row: LeaseRow, everyMemberHasAll: boolean): void {
  const { state, ledgerMs } = draft;
  const { rows, spell } = state;
  if (!rows || !spell) return;
  if (isOver(row, rows.markMs)) {
    const lease = state.leases.get(row.id);
    if (lease) endLease(draft, lease, 'expired');
    const before = rows.lease.get(row.id) ?? row;
    if (isOver(before, rows.markMs)) record(draft, { type: 'row', row: { before, after: null } });
  } else if (row.rank === rank.released && everyMemberHasAll) {
    const after: LeaseRow = {
      ...row,
      rank: rank.releasedEverywhere,
      stampMs: Math.max(ledgerMs, row.stampMs),
      by: spell.id,
      write: spell.write + 1,
    };
    record(draft, { type: 'row', row: { before: row, after } });
  } else if (isLive(row) && naturalEndMs(row, state.rowLifeMs) <= ledgerMs) {
    const lease = state.leases.get(row.id);
    if (lease && lease.borrowUntilMs === null) endLease(draft, lease, 'expired');
  }
}
