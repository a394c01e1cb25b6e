import { compareRows } from './compare-rows.ts';
import { bucketCount, bucketOf, countRow, createDigest, type Digest } from './digest.ts';
import {
  configId,
  type ConfigRow,
  type LeaseRow,
  type LicenseRow,
  rank,
  type Row,
  type SpellRow,
  trialBeganIn,
  type VendorRow,
  withTrialBegan,
} from './row.ts';

/**
 * All rows of a ledger, with what they add up to. Two members that have the same rows have the same
 * digest; what one of them lacks comes to it by exchanging the buckets that differ.
 */
export interface RowSet {
  readonly lease: Map<string, LeaseRow>;
  readonly license: Map<string, LicenseRow>;
  readonly vendor: Map<string, VendorRow>;
  readonly config: Map<string, ConfigRow>;
  readonly spell: Map<string, SpellRow>;
  readonly digest: Digest;
  /** The rows of each bucket of the digest, in no order; absent: it has none. */
  readonly inBucket: (Row[] | undefined)[];
  /**
   * The active's sweep mark in ledger time: rows that are over by it are gone, and not taken. It is that of one
   * spell, and goes back with the ledger's time when an admin sets that back; 0: none yet.
   */
  markMs: number;
}

/** One row as it was and as it is; null: there is none. */
export interface RowChange {
  before: Row | null;
  after: Row | null;
}

export function createRowSet(rows: Iterable<Row> = []): RowSet {
  const set: RowSet = {
    lease: new Map(),
    license: new Map(),
    vendor: new Map(),
    config: new Map(),
    spell: new Map(),
    digest: createDigest(),
    inBucket: Array<Row[] | undefined>(bucketCount),
    markMs: 0,
  };
  for (const row of rows) changeRow(set, { before: null, after: row });
  return set;
}

export function tableOf(set: RowSet, kind: Row['kind']): Map<string, Row> {
  return set[kind];
}

export function* allRows(set: RowSet): Generator<Row, void, void> {
  yield* set.spell.values();
  yield* set.config.values();
  yield* set.vendor.values();
  yield* set.license.values();
  yield* set.lease.values();
}

export function configRowOf(set: RowSet): ConfigRow | undefined {
  return set.config.get(configId);
}

/** Puts a row in the place of the one before. It goes back with both exchanged. */
export function changeRow(set: RowSet, { before, after }: RowChange): void {
  const row = after ?? before;
  if (!row) return;
  const table = tableOf(set, row.kind);
  const here = table.get(row.id);
  if (here) countRow(set.digest, here, -1);
  if (after) {
    countRow(set.digest, after, 1);
    table.set(row.id, after);
  } else table.delete(row.id);
  placeInBucket(set, here, after, bucketOf(row));
}

function placeInBucket(
  { inBucket }: RowSet,
  before: Row | undefined,
  after: Row | null,
  bucket: number,
): void {
  const rows = (inBucket[bucket] ??= []);
  const at = before ? rows.indexOf(before) : -1;
  if (after && at !== -1) rows[at] = after;
  else if (after) rows.push(after);
  else if (at !== -1) {
    const last = rows.pop();
    if (last && at < rows.length) rows[at] = last;
  }
}

const kindOrder = ['spell', 'config', 'vendor', 'license', 'lease'] as const;

/** The rows of a bucket by their kind, as in `allRows`. */
export function rowsInBucket({ inBucket }: RowSet, bucket: number): Row[] {
  const rows = inBucket[bucket] ?? [];
  return kindOrder.flatMap((kind) => rows.filter((row) => row.kind === kind));
}

/**
 * What uniting this row with the set alters: the greater of two rows stays, and of the trial of a licence
 * the earlier beginning, of a lease how long its rows count, whichever row it came with. Null: nothing, since
 * what is here is not lower, or since the row is over by the sweep mark.
 */
export function uniteRow(set: RowSet, row: Row): RowChange | null {
  if (isOver(row, set.markMs)) return null;
  const before = tableOf(set, row.kind).get(row.id) ?? null;
  if (!before) return { before, after: row };
  const order = compareRows(withoutUnited(row), withoutUnited(before));
  const [greater, lower] = order > 0 ? [row, before] : [before, row];
  const after = asLongAs(withEarliestTrial(greater, [before, row]), lower, order === 0);
  return after === before ? null : { before, after };
}

/** The row without what is taken of both: that does not decide which of two rows stays. */
function withoutUnited(row: Row): Row {
  if (row.kind === 'license') return withTrialBegan(row, undefined);
  return row.kind === 'lease' && row.borrowUntilMs !== null ? { ...row, borrowUntilMs: null } : row;
}

/**
 * Who wrote the greater row may not have known of a borrow, nor of a time that was set on, by which the lower row was
 * written anew. That the lease ended is remembered for as long as the lower row counts, or a token of it runs, which
 * would bring the lease back. `isSame`: the two differ in nothing but in this.
 */
function asLongAs(row: Row, lower: Row, isSame: boolean): Row {
  if (row.kind !== 'lease' || lower.kind !== 'lease') return row;
  const lowerMs = isSame ? (lower.borrowUntilMs ?? 0) : overAtMs(lower);
  // By its own stamp it counts for so long anyway, in whatever order the rows of several servers came together.
  if (!isSame && lowerMs <= row.stampMs) return row;
  return lowerMs <= (row.borrowUntilMs ?? 0) ? row : { ...row, borrowUntilMs: lowerMs };
}

function withEarliestTrial(row: Row, rows: readonly Row[]): Row {
  if (row.kind !== 'license') return row;
  const beginnings = rows.flatMap((one) =>
    one.kind === 'license' ? (trialBeganIn(one) ?? []) : [],
  );
  const earliestMs = beginnings.length === 0 ? undefined : Math.min(...beginnings);
  return earliestMs === trialBeganIn(row) ? row : withTrialBegan(row, earliestMs);
}

/**
 * A lease's row is over when the mark has reached its stamp, and the end of a borrow. A release is
 * kept until every member is known to have it.
 */
export function isOver(row: Row, markMs: number): boolean {
  if (row.kind !== 'lease' || row.rank === rank.released) return false;
  return overAtMs(row) <= markMs;
}

function overAtMs({ stampMs, borrowUntilMs }: LeaseRow): number {
  return Math.max(stampMs, borrowUntilMs ?? 0);
}

/** Moves the set's mark back to `toMs`, if that is earlier. */
export function lowerMark(set: RowSet, toMs: number): void {
  set.markMs = Math.min(set.markMs, toMs);
}

/** Rows that are dropped within one step, but for those that are over at the same time as the last. */
const dropsPerStepMax = 2_000;

/**
 * Moves the set's mark back to `toMs`, or on to it or as far as no more rows are over by it than a step can
 * drop. Returns those rows, which the caller drops.
 */
export function moveMark(set: RowSet, toMs: number): LeaseRow[] {
  lowerMark(set, toMs);
  if (toMs === set.markMs) return [];
  const over: LeaseRow[] = [];
  for (const row of set.lease.values()) if (isOver(row, toMs)) over.push(row);
  const ends = Float64Array.from(over, overAtMs).sort();
  set.markMs = Math.max(
    set.markMs,
    ends.length > dropsPerStepMax ? (ends[dropsPerStepMax - 1] ?? toMs) : toMs,
  );
  return over.filter((row) => isOver(row, set.markMs));
}
