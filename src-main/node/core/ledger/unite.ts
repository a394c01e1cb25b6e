import { compareSpells } from '../rows/compare-rows.ts';
import { newestSpell } from '../rows/newest-spell.ts';
import {
  isOver,
  moveMark,
  type RowChange,
  rowsInBucket,
  tableOf,
  uniteRow,
} from '../rows/row-set.ts';
import {
  hasExpired,
  isLive,
  logSpell,
  type LeaseRow,
  type Row,
  type SpellRow,
} from '../rows/row.ts';
import { isToldWrite } from '../rows/told-write.ts';
import { clockDifferenceToldMs } from '../../../../src-shared/model/clock-difference.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';
import type { Change } from './change.ts';
import { type Draft, record, recordEvent, retime } from './draft.ts';
import { ledgerMs, noteLedgerTime } from './ledger-time.ts';
import { remainingMs, serviceMs } from './lease-clock.ts';
import { clockMarginMs } from './lease-life.ts';
import { applyChange, type LedgerState } from './ledger.ts';
import { endReplaced } from './leases.ts';
import { changeByRow } from './row-change.ts';
import { keepLiving } from './row-sweep.ts';

/** What uniting brought, for the timeline: by its id, since what a failed write took back is brought again. */
export interface Tally {
  leasesCame: Map<string, LeaseRow>;
  leasesEnded: Map<string, LeaseRow>;
  licenses: Set<string>;
}

export function createTally(): Tally {
  return { leasesCame: new Map(), leasesEnded: new Map(), licenses: new Set() };
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
 * Rows of which the others may not have come, without the spells that tell of a time which has leapt: what lives was
 * written anew by that time (`keepLiving`), and whoever took over with the one and without the other would end it.
 * Such a spell comes again with what is missing.
 */
export function withoutLeap({ time, meta }: LedgerState, rows: readonly Row[]): Row[] {
  const leapMs = ledgerMs(time) + clockDifferenceToldMs;
  return rows.filter(
    (row) => row.kind !== 'spell' || (row.timesSet <= meta.timesSet && row.toMs <= leapMs),
  );
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

/** The same in some buckets only, of which everything that the active has is here. */
export function dropOverIn(
  state: LedgerState,
  buckets: readonly number[],
  markMs: number,
): Change[] {
  const { rows } = state;
  if (!rows) return [];
  const over = buckets.flatMap((bucket) =>
    rowsInBucket(rows, bucket).filter((row) => isOver(row, markMs)),
  );
  return over.map((before) => applyRow(state, { before, after: null }));
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
  followTime(state);
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

/** Takes the ledger's time up, also back where an admin had that set. Returns whether an order came. */
function followTime(state: LedgerState): boolean {
  const { meta, time } = state;
  const spell = spellOfTime(state);
  if (!spell) return false;
  const isSet = spell.timesSet > meta.timesSet;
  noteLedgerTime(time, spell.toMs, isSet);
  meta.wallHighMs = spell.toMs;
  meta.timesSet = Math.max(meta.timesSet, spell.timesSet);
  return isSet;
}

/**
 * The spell that says what time it is: of those with the last order of an admin to set the time the newest one.
 * A later spell of a member that was away when the order was given knows nothing of it.
 */
export function spellOfTime({ rows }: LedgerState): SpellRow | null {
  let last: SpellRow | null = null;
  for (const spell of rows?.spell.values() ?? []) {
    if (!last || compareTimes(spell, last) > 0) last = spell;
  }
  return last;
}

function compareTimes(a: SpellRow, b: SpellRow): number {
  return a.timesSet - b.timesSet || compareSpells(a.id, b.id);
}

/**
 * Takes in what another member has, at the one that serves. Nothing is revived by it but a lease that
 * its holder showed here within its time-to-live, of which the other knew nothing.
 */
export function uniteAtActive(draft: Draft, rows: readonly Row[], tally: Tally): void {
  const { rows: set } = draft.state;
  if (!set) return;
  // What the others are is judged by the time that the last order set, and no mark of one before.
  uniteSpells(draft, rows);
  for (const row of rows) {
    const united = uniteRow(set, row);
    if (!united) continue;
    if (united.after?.kind === 'lease') {
      uniteLease(draft, united.after, united, tally);
    } else if (row.kind === 'config' && !hasPlace(draft.state, row.config)) {
      outrank(draft, row.config.version);
    } else {
      if (row.kind === 'license') tally.licenses.add(row.id);
      record(draft, changeByRow(draft.state, united));
    }
  }
  for (const { id } of endReplaced(draft)) tally.leasesCame.delete(id);
  keepLiving(draft);
  readLoggedHistory(draft.state);
}

function uniteSpells(draft: Draft, rows: readonly Row[]): void {
  const { state } = draft;
  const spells = rows.filter(({ kind }) => kind === 'spell');
  for (const spell of spells) {
    const united = state.rows && uniteRow(state.rows, spell);
    if (united) record(draft, changeByRow(state, united));
  }
  if (spells.length > 0 && followTime(state)) retime(draft);
}

/** A member was taken out and served on since, in a later spell: its own configuration holds. */
function outrank(draft: Draft, version: number): void {
  const before = draft.state.config;
  record(draft, { type: 'config', before, after: { ...before, version: version + 1 } });
}

function hasPlace({ serverId }: LedgerState, { membership }: LedgerState['config']): boolean {
  return membership.members.includes(serverId);
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
    tally.leasesCame.set(row.id, row);
  } else if (!isLive(row)) {
    if (hasExpired(row) && here.borrowUntilMs === null) {
      if (wasShown && leftMs > clockMarginMs) {
        // The holder renewed this lease here and relies on it, which the member that let it expire could not see.
        record(draft, { type: 'lease', before: null, after: here });
        return;
      }
      reserve(state, row.id, here, leftMs);
    } else {
      state.reserved.delete(row.id);
    }
    tally.leasesEnded.set(row.id, row);
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
  const { leasesCame, leasesEnded, licenses } = tally;
  const parts = [
    ...(leasesCame.size > 0 ? [`${countOf(leasesCame.size, 'seat')} came in`] : []),
    ...(leasesEnded.size > 0 ? [`${countOf(leasesEnded.size, 'seat')} had ended there`] : []),
    ...(licenses.size > 0 ? [`${countOf(licenses.size, 'licence')} newer there`] : []),
  ].join(', ');
  const { rows } = draft.state;
  const isTold = (row: LeaseRow) => rows !== null && isToldWrite(rows, row);
  if (licenses.size > 0 || [...leasesCame.values(), ...leasesEnded.values()].some(isTold)) {
    const message = `What ${theirName} had is united with this ledger: ${parts}.`;
    recordEvent(draft, 'ledgersMerged', 'warning', message);
  } else if (parts !== '') {
    const message = `What was under way at ${theirName} when it stopped is known here now: ${parts}.`;
    recordEvent(draft, 'syncRegained', 'info', message);
  }
}

/** This member has something of the ledger: somebody has served it. */
export function hasRows(state: LedgerState): boolean {
  return state.rows !== null && tableOf(state.rows, 'spell').size > 0;
}

/** The ledger is kept as rows, and none of them has come here yet. */
export function waitsForRows(state: LedgerState): boolean {
  return state.rows !== null && !hasRows(state);
}
