import { isOver, moveMark } from '../rows/row-set.ts';
import { isLive, type LeaseRow, rank } from '../rows/row.ts';
import { type Draft, record } from './draft.ts';
import { endLease } from './leases.ts';
import { clockMarginMs } from './lease-life.ts';
import { longestTtlMs, naturalEndMs, rowLifeMs } from './row-life.ts';

/** The sweep mark moves on in this many steps within the life of a row. */
const stepsPerLife = 144;

/** Rows that are altered within one step, beside those that are dropped. */
const changesPerStepMax = 2_000;

/**
 * Moves the sweep mark on, at the active: what is over by it goes. A lease that nobody serves or
 * renews ends when its row's life does. Every so often, since all rows are looked at; where very many are
 * due, the next tick goes on.
 */
export function sweepRows(draft: Draft, everyMemberHasAll: boolean): void {
  const { state, ledgerMs } = draft;
  const { rows } = state;
  if (!rows) return;
  state.rowLifeMs = rowLifeMs(state);
  const stepMs = state.rowLifeMs / stepsPerLife;
  if (ledgerMs - state.sweptMs < stepMs) return;
  const keptMs = state.rowLifeMs + longestTtlMs(state) + 2 * clockMarginMs;
  const toMs = Math.floor((ledgerMs - keptMs) / stepMs) * stepMs;
  for (const row of moveMark(rows, toMs)) dropRow(draft, row);
  const due: LeaseRow[] = [];
  for (const row of rows.lease.values()) {
    if (isDue(draft, row, everyMemberHasAll)) due.push(row);
    if (due.length === changesPerStepMax) break;
  }
  for (const row of due) alterRow(draft, row);
  if (rows.markMs >= toMs && due.length < changesPerStepMax) state.sweptMs = ledgerMs;
}

function dropRow(draft: Draft, row: LeaseRow): void {
  const { state } = draft;
  const { rows } = state;
  if (!rows) return;
  const lease = state.leases.get(row.id);
  if (lease) endLease(draft, lease, 'expired');
  const before = rows.lease.get(row.id) ?? row;
  if (isOver(before, rows.markMs)) record(draft, { type: 'row', row: { before, after: null } });
}

/** An admin's release that every member has by now, or a lease that has outlived its row. */
function isDue({ state, ledgerMs }: Draft, row: LeaseRow, everyMemberHasAll: boolean): boolean {
  if (row.rank === rank.released) return everyMemberHasAll;
  if (!isLive(row) || naturalEndMs(row, state.rowLifeMs) > ledgerMs) return false;
  return state.leases.get(row.id)?.borrowUntilMs === null;
}

function alterRow(draft: Draft, row: LeaseRow): void {
  const { state, ledgerMs } = draft;
  const { spell } = state;
  if (!spell) return;
  if (row.rank !== rank.released) {
    const lease = state.leases.get(row.id);
    if (lease) endLease(draft, lease, 'expired');
    return;
  }
  const after: LeaseRow = {
    ...row,
    rank: rank.releasedEverywhere,
    stampMs: Math.max(ledgerMs, row.stampMs),
    by: spell.id,
    write: spell.write + 1,
  };
  record(draft, { type: 'row', row: { before: row, after } });
}
