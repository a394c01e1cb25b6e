import type { Change } from '../ledger/change.ts';
import { compareTerms, noPosition, type Position, type Term } from './term.ts';

/** One entry: the changes of one or more requests, made by the active of its term. */
export interface Entry extends Position {
  readonly changes: readonly Change[];
}

/** The newest part of a log. `base` is the last entry that is kept only as its effects. */
export interface ReplicaLog {
  base: Position;
  entries: Entry[];
}

export function createLog(): ReplicaLog {
  return { base: noPosition, entries: [] };
}

export function lastPosition(log: ReplicaLog): Position {
  return positionOf(log.entries.at(-1) ?? log.base);
}

/** Of an entry without what it changed, which is said to nobody along with it. */
function positionOf({ index, term }: Position): Position {
  return { index, term };
}

export function lastIndex(log: ReplicaLog): number {
  return log.base.index + log.entries.length;
}

/** The term of an entry; undefined when it is not there or older than the base. */
export function termAt(log: ReplicaLog, index: number): Term | undefined {
  return index === log.base.index ? log.base.term : entryAt(log, index)?.term;
}

export function entryAt(log: ReplicaLog, index: number): Entry | undefined {
  return log.entries[index - log.base.index - 1];
}

/** The log has exactly this entry, or covers it by its base. */
export function holds(log: ReplicaLog, position: Position): boolean {
  const term = termAt(log, position.index);
  return term !== undefined && compareTerms(term, position.term) === 0;
}

/** Entries after an index, at most `countMax`. */
export function entriesAfter(log: ReplicaLog, index: number, countMax: number): Entry[] {
  const from = index - log.base.index;
  if (from < 0) throw new Error(`entries after ${index} are no longer in the log`);
  return log.entries.slice(from, from + countMax);
}

export function appendEntry(log: ReplicaLog, entry: Entry): void {
  if (entry.index !== lastIndex(log) + 1) {
    throw new Error(`entry ${entry.index} does not follow ${lastIndex(log)}`);
  }
  log.entries.push(entry);
}

/** Takes entries off the end. Returns them in the order in which they were made. */
export function truncateAfter(log: ReplicaLog, index: number): Entry[] {
  if (index < log.base.index) throw new Error(`cannot go back to ${index}, before the base`);
  return log.entries.splice(index - log.base.index);
}

/** Forgets entries up to an index; their effects are in the ledger. */
export function compact(log: ReplicaLog, index: number): void {
  const entry = entryAt(log, index);
  if (!entry) return;
  log.entries.splice(0, index - log.base.index);
  log.base = { index: entry.index, term: entry.term };
}

/** Changes in the entries that are kept. */
export function changeCount(log: ReplicaLog): number {
  return log.entries.reduce((sum, entry) => sum + entry.changes.length, 0);
}

/**
 * The last entry before `hint` that a log with this entry can have in common: not beyond its index,
 * and not of a later term. The base when there is none.
 */
export function positionBefore(log: ReplicaLog, hint: Position): Position {
  for (let index = Math.min(hint.index, lastIndex(log)); index > log.base.index; index--) {
    const entry = entryAt(log, index);
    if (entry && compareTerms(entry.term, hint.term) <= 0) return positionOf(entry);
  }
  return log.base;
}

/** Index of the last entry that changed the configuration; that of the base when none is kept. */
export function lastConfigIndex(log: ReplicaLog): number {
  const entry = log.entries.findLast(({ changes }) =>
    changes.some((change) => change.type === 'config'),
  );
  return entry?.index ?? log.base.index;
}
