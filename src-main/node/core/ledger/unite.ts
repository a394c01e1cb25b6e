import { compareSpells } from '../rows/compare-rows.ts';
import { moveMark, type RowChange, tableOf, uniteRow } from '../rows/row-set.ts';
import {
  hasExpired,
  isLive,
  logSpell,
  type LeaseRow,
  type Row,
  type SpellRow,
} from '../rows/row.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';
import type { Change } from './change.ts';
import { type Draft, record, recordEvent } from './draft.ts';
import { noteLedgerTime } from './ledger-time.ts';
import { remainingMs, serviceMs } from './lease-clock.ts';
import { clockMarginMs } from './lease-life.ts';
import { applyChange, type LedgerState } from './ledger.ts';
import { endReplaced } from './leases.ts';
import { changeByRow } from './row-change.ts';

/** What uniting brought, for the timeline. */
export interface Tally {
  leasesCame: LeaseRow[];
  leasesEnded: LeaseRow[];
  licenses: number;
  /** Licences that two admins changed alike: one of the two is gone. */
  lost: string[];
}

export function createTally(): Tally {
  return { leasesCame: [], leasesEnded: [], licenses: 0, lost: [] };
}

/**
 * Takes rows in at a member that does not serve: the greater of two stays, whoever brings it, in whatever
 * order and how often (protocol section 3). Returns what is to be written.
 */
export function uniteRows(state: LedgerState, rows: readonly Row[]): Change[] {
  const { rows: set } = state;
  if (!set) throw new Error('rows come to a ledger that is kept as a log');
  const changes: Change[] = [];
  for (const row of rows) {
    const united = uniteRow(set, row);
    if (united) changes.push(applyRow(state, united));
  }
  if (changes.length > 0) readSpells(state);
  return changes;
}

/**
 * Drops the rows whose time is over by the active's sweep mark, as the active itself has done; of very many
 * the first ones, and the others with its next messages. Returns what is to be written.
 */
export function dropOver(state: LedgerState, markMs: number): Change[] {
  const { rows } = state;
  if (!rows) return [];
  return moveMark(rows, markMs).map((before) => applyRow(state, { before, after: null }));
}

function applyRow(state: LedgerState, row: RowChange): Change {
  const change = changeByRow(state, row);
  applyChange(state, change);
  return change;
}

/** Since when somebody serves, and what is overdrawn, is what the newest spell says. */
export function readSpells(state: LedgerState): void {
  if (!state.rows) return;
  const { meta } = state;
  readLoggedHistory(state);
  const newest = newestSpell(state);
  if (!newest) return;
  noteLedgerTime(state.time, newest.toMs, newest.timesSet > meta.timesSet);
  meta.wallHighMs = newest.toMs;
  meta.timesSet = Math.max(meta.timesSet, newest.timesSet);
  meta.term = newest.number;
  meta.servingSinceMs = newest.fromMs;
  meta.overdraft = newest.overdraft;
}

/** How far the history of the time as a log goes, which may go on from there. */
function readLoggedHistory({ rows, meta }: LedgerState): void {
  const logged = rows?.spell.get(logSpell);
  if (!logged) return;
  meta.usageSequence = Math.max(meta.usageSequence, logged.usage);
  meta.eventSequence = Math.max(meta.eventSequence, logged.events);
}

/** The last spell of leadership that is known here. */
export function newestSpell({ rows }: LedgerState): SpellRow | null {
  let newest: SpellRow | null = null;
  for (const spell of rows?.spell.values() ?? []) {
    if (!newest || compareSpells(spell.id, newest.id) > 0) newest = spell;
  }
  return newest;
}

/**
 * Takes in what another member has, at the one that serves. Nothing is revived by it but a lease that
 * its holder showed here within its time-to-live, of which the other knew nothing.
 */
export function uniteAtActive(draft: Draft, rows: readonly Row[], tally: Tally): void {
  const { rows: set } = draft.state;
  if (!set) return;
  for (const row of rows) {
    const united = uniteRow(set, row);
    if (!united) {
      noteLost(set.license.get(row.id), row, tally);
    } else if (row.kind === 'lease') {
      uniteLease(draft, row, united, tally);
    } else if (row.kind === 'config' && !hasPlace(draft.state, row.config)) {
      outrank(draft, row.config.version);
    } else {
      if (row.kind === 'license') tally.licenses++;
      noteLost(row, united.before, tally);
      record(draft, changeByRow(draft.state, united));
    }
  }
  const replaced = new Set(endReplaced(draft).map(({ id }) => id));
  tally.leasesCame = tally.leasesCame.filter(({ id }) => !replaced.has(id));
  readLoggedHistory(draft.state);
}

/** A member was taken out and served on since, in a later spell: its own configuration holds. */
function outrank(draft: Draft, version: number): void {
  const before = draft.state.config;
  record(draft, { type: 'config', before, after: { ...before, version: version + 1 } });
}

function hasPlace({ serverId }: LedgerState, { membership }: LedgerState['config']): boolean {
  return membership.members.includes(serverId);
}

/** Of two licences with the same revision only one is kept, which has to be said. */
function noteLost(kept: Row | undefined, gone: Row | null, { lost }: Tally): void {
  if (kept?.kind !== 'license' || gone?.kind !== 'license') return;
  const differ = kept.by !== gone.by || kept.write !== gone.write;
  if (kept.revision === gone.revision && differ && !lost.includes(kept.id)) lost.push(kept.id);
}

function uniteLease(draft: Draft, row: LeaseRow, united: RowChange, tally: Tally): void {
  const { state } = draft;
  const here = state.leases.get(row.id);
  const leftMs = here ? (remainingMs(state.clock, row.id) ?? 0) : 0;
  const wasShown = here !== undefined && !state.unshown.has(row.id);
  record(draft, changeByRow(state, united));
  if (!here) {
    if (!isLive(row)) return;
    state.unshown.add(row.id);
    state.reserved.delete(row.id);
    tally.leasesCame.push(row);
  } else if (isLive(row)) {
    if (!wasShown) state.unshown.add(row.id);
  } else {
    if (hasExpired(row) && here.borrowUntilMs === null) {
      if (wasShown && leftMs > clockMarginMs) {
        // The holder renewed this lease here and relies on it, which the member that let it expire could not see.
        record(draft, { type: 'lease', before: null, after: here });
        return;
      }
      reserve(state, row.id, here, leftMs);
    }
    tally.leasesEnded.push(row);
  }
}

/** Keeps the units of a lease that another member let expire until nobody can rely on them. */
export function reserve(
  state: LedgerState,
  leaseId: string,
  { licenseId, units }: { licenseId: string; units: number },
  forMs: number,
): void {
  if (forMs <= 0) return;
  state.reserved.set(leaseId, { licenseId, units, untilMs: serviceMs(state.clock) + forMs });
}

/**
 * Says in one entry what came from a member that is in sync, or went by it. It is no warning when no more
 * than the last writes of that member came, of which no word is left whether a client was told.
 */
export function recordUnion(draft: Draft, theirName: string, tally: Tally): void {
  const { leasesCame, leasesEnded, licenses, lost } = tally;
  const parts = [
    ...(leasesCame.length > 0 ? [`${countOf(leasesCame.length, 'seat')} came in`] : []),
    ...(leasesEnded.length > 0 ? [`${countOf(leasesEnded.length, 'seat')} had ended there`] : []),
    ...(licenses === 0 ? [] : [`${countOf(licenses, 'licence')} newer there`]),
  ].join(', ');
  const isTold = (row: LeaseRow) => wasTold(draft.state, row);
  if (licenses > 0 || [...leasesCame, ...leasesEnded].some(isTold)) {
    const message = `What ${theirName} had is united with this ledger: ${parts}.`;
    recordEvent(draft, 'ledgersMerged', 'warning', message);
  } else if (parts !== '') {
    const message = `What was under way at ${theirName} when it stopped is known here now: ${parts}.`;
    recordEvent(draft, 'syncRegained', 'info', message);
  }
  for (const id of lost) {
    const message =
      `Licence ${id} was changed here and at ${theirName} while they could not see each other. ` +
      'Only one of the two versions is kept; look whether it is the right one.';
    recordEvent(draft, 'ledgersMerged', 'warning', message, { license: id });
  }
}

/** A client can have been told of it: its write was acknowledged, as far as the row of its spell says. */
function wasTold({ rows }: LedgerState, { by, write }: LeaseRow): boolean {
  return write <= (rows?.spell.get(by)?.told ?? 0);
}

/** This member has something of the ledger: somebody has served it. */
export function hasRows(state: LedgerState): boolean {
  return state.rows !== null && tableOf(state.rows, 'spell').size > 0;
}
