import type { DatabaseSync } from 'node:sqlite';
import { logSpell } from '../core/rows/row.ts';
import type { HistoryKind } from './store.ts';

/** The history of one spell of a ledger, of one kind. */
export interface HistorySeries {
  /** Key of the ledger in its table. */
  ledger: number;
  spell: string;
  kind: HistoryKind;
}

/** What is missing of the history of ledgers, as ranges of numbers with both ends. */
export interface HistoryGaps {
  /**
   * Notes a range as missing, without those numbers of it that are here already. In the series of a
   * spell a number names one record. In that of the time in which ledgers were logs (`logSpell`) the
   * record that is here may be another one than the missing one of the same number: nothing is left
   * out there.
   */
  add(series: HistorySeries, first: number, last: number): void;
  /** A range is here, or a server that has all that there is of it has given what it has. */
  close(series: HistorySeries, first: number, last: number): void;
}

/** A column or packed value that says which history it is of. */
export function historyKindOf(value: unknown): HistoryKind {
  return value === 'usage' ? 'usage' : 'events';
}

export function prepareHistoryGaps(database: DatabaseSync): HistoryGaps {
  const sql = (text: string) => database.prepare(text);
  const insert = sql('INSERT INTO gaps VALUES (NULL, ?, ?, ?, ?, ?)');
  const find = sql(
    'SELECT id, first, last FROM gaps ' +
      'WHERE ledger = ? AND spell = ? AND kind = ? AND last >= ? AND first <= ? ORDER BY id',
  );
  const setFirst = sql('UPDATE gaps SET first = ? WHERE id = ?');
  const setLast = sql('UPDATE gaps SET last = ? WHERE id = ?');
  const remove = sql('DELETE FROM gaps WHERE id = ?');
  const present = (table: HistoryKind) =>
    sql(
      `SELECT sequence FROM ${table} WHERE ledger = ? AND spell = ? ` +
        'AND sequence BETWEEN ? AND ? ORDER BY sequence',
    );
  const findPresent = { usage: present('usage'), events: present('events') };
  const put = ({ ledger, spell, kind }: HistorySeries, first: number, last: number) => {
    if (first <= last) insert.run(ledger, kind, first, last, spell);
  };
  return {
    add: (series, first, last) => {
      const { ledger, spell, kind } = series;
      let next = first;
      if (spell !== logSpell) {
        for (const row of findPresent[kind].all(ledger, spell, first, last)) {
          const sequence = Number(row['sequence']);
          put(series, next, sequence - 1);
          next = sequence + 1;
        }
      }
      put(series, next, last);
    },
    close: (series, first, last) => {
      const { ledger, spell, kind } = series;
      for (const row of find.all(ledger, spell, kind, first, last)) {
        const id = Number(row['id']);
        const gap = { first: Number(row['first']), last: Number(row['last']) };
        if (gap.first < first) {
          setLast.run(first - 1, id);
          put(series, last + 1, gap.last);
        } else if (gap.last > last) setFirst.run(last + 1, id);
        else remove.run(id);
      }
    },
  };
}
