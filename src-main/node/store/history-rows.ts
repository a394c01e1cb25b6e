import type { DatabaseSync } from 'node:sqlite';
import { logSpell } from '../core/rows/row.ts';
import { type PackedWrites, usageValueCount } from './operation.ts';

type Value = PackedWrites[number];

/** Rows of usage and of the timeline, which have one number in their spell and one by arrival. */
export interface HistoryRows {
  /**
   * A row that is there already keeps its number. Of several ends of one lease the one with the
   * highest rank is kept, whatever comes first; two of the time as a log are both kept, since a
   * member may have to take one back.
   */
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
  const sql = (text: string) => database.prepare(text);
  const places = Array(usageValueCount).fill('?').join(',');
  const add = sql(`INSERT INTO usage VALUES (NULL,?,${places})`);
  const find = sql('SELECT doc FROM usage WHERE ledger = ? AND spell = ? AND sequence = ?');
  const drop = sql('DELETE FROM usage WHERE ledger = ? AND spell = ? AND sequence = ?');
  // The order has to be the same at every member, and so goes by nothing that is only here.
  const findHigher = sql(
    'SELECT 1 FROM usage WHERE lease = $lease AND ledger = $ledger AND ' +
      `NOT (spell = '${logSpell}' AND $spell = '${logSpell}') AND ` +
      '(rank, ended, spell, sequence) > ($rank, $ended, $spell, $sequence) LIMIT 1',
  );
  const dropLower = sql(
    'DELETE FROM usage WHERE lease = $lease AND ledger = $ledger AND ' +
      `NOT (spell = '${logSpell}' AND $spell = '${logSpell}') AND ` +
      '(rank, ended, spell, sequence) < ($rank, $ended, $spell, $sequence)',
  );
  return {
    putUsage: (ledger, values) => {
      const [spell = null, sequence = null, rank = null, lease = null] = values;
      // Looked for first: an insertion that meets a row would use up a number by arrival.
      const there = find.get(ledger, spell, sequence);
      if (there?.['doc'] === values.at(-1)) return;
      if (there) drop.run(ledger, spell, sequence);
      if (lease !== null) {
        const ended = values.at(-3) ?? null;
        const end = {
          $lease: lease,
          $ledger: ledger,
          $rank: rank,
          $ended: ended,
          $spell: spell,
          $sequence: sequence,
        };
        if (findHigher.get(end)) return;
        dropLower.run(end);
      }
      add.run(ledger, ...values);
    },
    withdrawUsage: (ledger, sequence) => void drop.run(ledger, logSpell, sequence),
  };
}

function prepareEvents(
  database: DatabaseSync,
  onGone: (local: number) => void,
): Pick<HistoryRows, 'putEvent' | 'putJournal' | 'withdrawEvent'> {
  const sql = (text: string) => database.prepare(text);
  const add = sql('INSERT INTO events VALUES (NULL,?,?,?,?,?,?,?)');
  const find = sql('SELECT doc FROM events WHERE ledger = ? AND spell = ? AND sequence = ?');
  const findJournal = sql('SELECT 1 FROM events WHERE journal = ? AND sequence = ?');
  const drop = sql(
    'DELETE FROM events WHERE ledger = ? AND spell = ? AND sequence = ? RETURNING local',
  );
  const noteJournal = sql(
    'INSERT INTO journals VALUES (?, ?) ON CONFLICT (server) ' +
      'DO UPDATE SET sequence = max(sequence, excluded.sequence)',
  );
  const insert = (ledger: Value, journal: Value, values: Value[]): number =>
    Number(add.run(ledger, journal, ...values).lastInsertRowid);
  const withdraw = (ledger: number, spell: Value, sequence: Value) => {
    const row = drop.get(ledger, spell, sequence);
    if (row) onGone(Number(row['local']));
  };
  return {
    putEvent: (ledger, values) => {
      const [sequence = null, , , doc = null, spell = null] = values;
      const there = find.get(ledger, spell, sequence);
      if (there?.['doc'] === doc) return 0;
      if (there) withdraw(ledger, spell, sequence);
      return insert(ledger, null, values);
    },
    putJournal: (server, values) => {
      const [sequence = null] = values;
      if (findJournal.get(server, sequence)) return 0;
      noteJournal.run(server, sequence);
      return insert(null, server, values);
    },
    withdrawEvent: (ledger, sequence) => withdraw(ledger, logSpell, sequence),
  };
}
