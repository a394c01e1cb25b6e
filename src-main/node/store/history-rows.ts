import type { DatabaseSync } from 'node:sqlite';
import { type PackedWrites, usageValueCount } from './operation.ts';

type Value = PackedWrites[number];

/** Newest timeline entries that are kept. */
export const eventsKeptMax = 100_000;

/** Old entries are dropped in portions of this many. */
const eventsPortion = 1_000;

/** Rows of usage and of the timeline, which have one number in their ledger and one by arrival. */
export interface HistoryRows {
  /** A row that is there already keeps its number. */
  putUsage(ledger: number, values: Value[]): void;
  /** The number of the entry by arrival; 0: it was there already. */
  putEvent(ledger: number, values: Value[]): number;
  /** The number of the entry by arrival; 0: it was there already. */
  putJournal(server: Value, values: Value[]): number;
  withdrawUsage(ledger: number, sequence: Value): void;
  withdrawEvent(ledger: number, sequence: Value): void;
}

/** `onGone` is told the number by arrival of an entry that is withdrawn, or replaced by another. */
export function prepareHistoryRows(
  database: DatabaseSync,
  onGone: (local: number) => void,
): HistoryRows {
  return { ...prepareUsage(database), ...prepareEvents(database, onGone) };
}

function prepareUsage(database: DatabaseSync): Pick<HistoryRows, 'putUsage' | 'withdrawUsage'> {
  const places = Array(usageValueCount).fill('?').join(',');
  const add = database.prepare(`INSERT INTO usage VALUES (NULL,?,${places})`);
  const find = database.prepare('SELECT doc FROM usage WHERE ledger = ? AND sequence = ?');
  const drop = database.prepare('DELETE FROM usage WHERE ledger = ? AND sequence = ?');
  const withdrawUsage = (ledger: number, sequence: Value) => void drop.run(ledger, sequence);
  return {
    putUsage: (ledger, values) => {
      const [sequence = null] = values;
      // Looked for first: an insertion that meets a row would use up a number by arrival.
      const there = find.get(ledger, sequence);
      if (there?.['doc'] === values.at(-1)) return;
      if (there) withdrawUsage(ledger, sequence);
      add.run(ledger, ...values);
    },
    withdrawUsage,
  };
}

function prepareEvents(
  database: DatabaseSync,
  onGone: (local: number) => void,
): Pick<HistoryRows, 'putEvent' | 'putJournal' | 'withdrawEvent'> {
  const sql = (text: string) => database.prepare(text);
  const add = sql('INSERT INTO events VALUES (NULL,?,?,?,?,?,?)');
  const find = sql('SELECT doc FROM events WHERE ledger = ? AND sequence = ?');
  const findJournal = sql('SELECT 1 FROM events WHERE journal = ? AND sequence = ?');
  const drop = sql('DELETE FROM events WHERE ledger = ? AND sequence = ? RETURNING local');
  const dropOld = sql('DELETE FROM events WHERE local <= ?');
  const noteJournal = sql(
    'INSERT INTO journals VALUES (?, ?) ON CONFLICT (server) ' +
      'DO UPDATE SET sequence = max(sequence, excluded.sequence)',
  );
  const insert = (ledger: Value, journal: Value, values: Value[]): number => {
    const local = Number(add.run(ledger, journal, ...values).lastInsertRowid);
    if (local % eventsPortion === 0) dropOld.run(local - eventsKeptMax);
    return local;
  };
  const withdrawEvent = (ledger: number, sequence: Value) => {
    const row = drop.get(ledger, sequence);
    if (row) onGone(Number(row['local']));
  };
  return {
    putEvent: (ledger, values) => {
      const [sequence = null] = values;
      const there = find.get(ledger, sequence);
      if (there?.['doc'] === values.at(-1)) return 0;
      if (there) withdrawEvent(ledger, sequence);
      return insert(ledger, null, values);
    },
    putJournal: (server, values) => {
      const [sequence = null] = values;
      if (findJournal.get(server, sequence)) return 0;
      noteJournal.run(server, sequence);
      return insert(null, server, values);
    },
    withdrawEvent,
  };
}
