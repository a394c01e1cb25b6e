import { isOver, moveMark } from '../rows/row-set.ts';
import { isEndedForGood, isLive, type LeaseRow, rank } from '../rows/row.ts';
import { type Draft, record } from './draft.ts';
import { endLease } from './leases.ts';
import { remainingMs } from './lease-clock.ts';
import { clockMarginMs } from './lease-life.ts';
import { longestTtlMs, naturalEndMs, rowLifeMs } from './row-life.ts';

/** The sweep mark moves on in this many steps within the life of a row. */
const stepsPerLife = 144;

/** Rows that are altered within one step, beside those that are dropped. */
const changesPerStepMax = 2_000;

/**
 * Moves the sweep mark on, at the active, or back with the ledger's time: what is over by it goes. A lease
 * that nobody serves or renews ends when its row's life does; the row of one that lives by the lease clock is
 * written anew, since a time that has leapt ends no seat of a holder that renews. Every so often, since all
 * rows are looked at; where very many are due, the next tick goes on.
 */
export function sweepRows(draft: Draft, everyMemberHasAll: boolean): void {
  const { state, ledgerMs } = draft;
  const { rows } = state;
  if (!rows) return;
  state.rowLifeMs = rowLifeMs(state);
  const stepMs = state.rowLifeMs / stepsPerLife;
  if (ledgerMs - state.sweptMs < stepMs) return;
  const keptMs = state.rowLifeMs + longestTtlMs(state) + 2 * clockMarginMs;
  const toMs = Math.max(0, Math.floor((ledgerMs - keptMs) / stepMs) * stepMs);
  for (const row of moveMark(rows, toMs)) dropRow(draft, row);
  const due: LeaseRow[] = [];
  for (const row of rows.lease.values()) {
    if (isDue(draft, row, everyMemberHasAll)) due.push(row);
    if (due.length === changesPerStepMax) break;
  }
  for (const row of due) alterRow(draft, row);
  if (rows.markMs >= toMs && due.length < changesPerStepMax) state.sweptMs = ledgerMs;
}

/**
 * A time that has leapt in this step is told with the rows of the leases that live by the lease clock, written anew
 * by it: a takeover that has the one has the other, and ends no seat of a holder that renews. Where an admin has set it
 * on, no more time has passed since a lease was given back: that is remembered as long as before. Of very many the first
 * ones; the sweep goes on.
 */
export function keepLiving(draft: Draft): void {
  const { rows } = draft.state;
  if (!draft.hasLeapt || !rows) return;
  const living = [...rows.lease.values()].filter((row) => isLive(row) && outlivesRow(draft, row));
  const ended = draft.wasSetOn ? [...rows.lease.values()].filter(isGivenBack) : [];
  for (const row of [...living, ...ended].slice(0, changesPerStepMax)) writeAnew(draft, row);
}

/** A release that not all have is remembered without a limit in time. */
function isGivenBack(row: LeaseRow): boolean {
  return isEndedForGood(row) && row.rank !== rank.released;
}

/** Its holder can renew it until its row is over, by the lease clock. */
function outlivesRow({ state, ledgerMs }: Draft, row: LeaseRow): boolean {
  const leftMs = remainingMs(state.clock, row.id);
  return leftMs !== undefined && naturalEndMs(row, state.rowLifeMs) <= ledgerMs + leftMs;
}

function dropRow(draft: Draft, row: LeaseRow): void {
  const { state } = draft;
  const { rows } = state;
  if (!rows) return;
  endOrKeep(draft, row);
  const before = rows.lease.get(row.id) ?? row;
  if (isOver(before, rows.markMs)) record(draft, { type: 'row', row: { before, after: null } });
}

/** A lease whose row has outlived every token, unless a holder can still renew it by the lease clock. */
function endOrKeep(draft: Draft, row: LeaseRow): void {
  const { clock, leases } = draft.state;
  const lease = leases.get(row.id);
  if (!lease) return;
  if (remainingMs(clock, row.id) === undefined) endLease(draft, lease, 'expired');
  else writeAnew(draft, row);
}

/** An admin's release that every member has by now, or a lease that has outlived its row. */
function isDue({ state, ledgerMs }: Draft, row: LeaseRow, everyMemberHasAll: boolean): boolean {
  if (row.rank === rank.released) return everyMemberHasAll;
  if (!isLive(row) || state.leases.get(row.id)?.borrowUntilMs !== null) return false;
  return naturalEndMs(row, state.rowLifeMs) <= ledgerMs + (remainingMs(state.clock, row.id) ?? 0);
}

function alterRow(draft: Draft, row: LeaseRow): void {
  if (row.rank === rank.released) noteReleasedEverywhere(draft, row);
  else endOrKeep(draft, row);
}

/**
 * The row alone: how long the lease still lives stays as it is, and so does the write that granted it, which says whether
 * a client was told.
 */
function writeAnew(draft: Draft, row: LeaseRow): void {
  const after: LeaseRow = { ...row, stampMs: Math.max(draft.ledgerMs, row.stampMs) };
  record(draft, { type: 'row', row: { before: row, after } });
}

function noteReleasedEverywhere(draft: Draft, row: LeaseRow): void {
  const { spell } = draft.state;
  if (!spell) return;
  const after: LeaseRow = {
    ...row,
    rank: rank.releasedEverywhere,
    stampMs: Math.max(draft.ledgerMs, row.stampMs),
    by: spell.id,
    write: spell.write + 1,
  };
  record(draft, { type: 'row', row: { before: row, after } });
}
