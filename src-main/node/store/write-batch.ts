import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { logSpell } from '../core/rows/row.ts';
import { historyKindOf, type HistoryGaps, prepareHistoryGaps } from './history-gaps.ts';
import { type HistoryRows, prepareHistoryRows } from './history-rows.ts';
import { sumOfRow } from './row-sum.ts';
import type { HistoryKind } from './store.ts';
import { eventValueCount, operation, type PackedWrites, usageValueCount } from './operation.ts';

/** Writes packed batches into the open transaction. */
export interface BatchWriter {
  /** Writes one part of a batch. */
  write(packed: PackedWrites): void;
  /**
   * Ends the batch. Local numbers of the timeline entries in it, in their order; 0: it was there
   * already, or is there no longer.
   */
  finish(): number[];
  /** Forgets the batch, of which nothing was written in the end. */
  forget(): void;
}

/** What is known of the batch under way. */
interface BatchState {
  /** Key of the ledger that is written to. */
  ledger: number;
  /** Changes of the entry under way, as JSON. */
  texts: string[];
  /** The ledger's own figures: only the newest of a batch are written. */
  meta: string | null;
  /** Rows of its spells, likewise. */
  spells: Map<string, string>;
  locals: number[];
}

/** Writes the values from `at` on; returns how many it took. */
type Apply = (packed: PackedWrites, at: number) => number;
type Operations = Record<string, Apply>;

/** Prepares the statements once. */
export function prepareBatchWriter(database: DatabaseSync): BatchWriter {
  const state = emptyState();
  const putMeta = database.prepare('UPDATE ledgers SET meta = ? WHERE key = ?');
  const putSpell = database.prepare("INSERT OR REPLACE INTO rows VALUES (?, 'spell', ?, ?, ?)");
  const flushNewest = () => {
    if (state.meta !== null) putMeta.run(state.meta, state.ledger);
    state.meta = null;
    for (const [id, doc] of state.spells) {
      putSpell.run(state.ledger, id, doc, sumOfRow('spell', id, doc));
    }
    state.spells.clear();
  };
  const gaps = prepareHistoryGaps(database);
  const rows = prepareHistoryRows(database, {
    onGone: (local) => {
      const told = state.locals.lastIndexOf(local);
      if (told >= 0) state.locals[told] = 0;
    },
    waitingSpell: (spell) => state.spells.get(spell),
  });
  const apply: Operations = {
    ...prepareLedgers(database, state, flushNewest),
    ...prepareDocuments(database, state),
    ...prepareRows(database, state),
    ...prepareHistory(state, rows, gaps),
    ...prepareLog(database, state),
    ...prepareImage(database, state, rows, gaps),
  };
  const forget = () => {
    Object.assign(state, emptyState());
  };
  return {
    write: (packed) => {
      for (let at = 0; at < packed.length;) {
        const name = packed[at];
        const run = apply[String(name)];
        if (!run) throw new Error(`unknown operation ${String(name)} in a batch`);
        at += 1 + run(packed, at + 1);
      }
    },
    finish: () => {
      flushNewest();
      const { locals } = state;
      forget();
      return locals;
    },
    forget,
  };
}

function emptyState(): BatchState {
  return { ledger: 0, texts: [], meta: null, spells: new Map(), locals: [] };
}

/** Tables of a ledger that is kept as a log. */
const logTables = ['log', 'leases', 'licenses', 'vendors', 'ended'];

/** Takes all that is of a ledger out of these tables. */
function prepareEmptying(database: DatabaseSync, tables: readonly string[]) {
  const statements = tables.map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE ledger = ?`),
  );
  return (ledger: number): void => {
    for (const statement of statements) statement.run(ledger);
  };
}

function prepareLedgers(
  database: DatabaseSync,
  state: BatchState,
  flushNewest: () => void,
): Operations {
  const sql = (text: string) => database.prepare(text);
  const find = sql('SELECT key FROM ledgers WHERE id = ? AND hosted = 1');
  const create = sql(
    "INSERT INTO ledgers VALUES (NULL, ?, 1, 0, '', 0, 0, '', 0, 0, '', '[]', 'null', NULL, NULL) " +
      'ON CONFLICT (id) DO UPDATE SET hosted = 1, meta = NULL WHERE hosted = 0 RETURNING key',
  );
  const unhost = sql('UPDATE ledgers SET hosted = 0, config = ? WHERE key = ?');
  const empty = prepareEmptying(database, [...logTables, 'rows', 'gaps']);
  const set = (columns: string, count: number): Apply => {
    const update = sql(`UPDATE ledgers SET ${columns} WHERE key = ?`);
    return (packed, at) => {
      update.run(...packed.slice(at, at + count), state.ledger);
      return count;
    };
  };
  const choose = (statement: StatementSync, what: string): Apply => {
    return (packed, at) => {
      flushNewest();
      const id = String(packed[at]);
      const row = statement.get(id);
      if (!row) throw new Error(`ledger ${id} ${what}`);
      state.ledger = Number(row['key']);
      return 1;
    };
  };
  return {
    [operation.ledger]: choose(find, 'is not hosted here'),
    [operation.create]: choose(create, 'is hosted here already'),
    [operation.drop]: (packed, at) => {
      state.meta = null;
      state.spells.clear();
      unhost.run(String(packed[at]), state.ledger);
      empty(state.ledger);
      return 1;
    },
    [operation.putTerm]: set('term_number = ?, term_member = ?, term_boot = ?', 3),
    [operation.putBase]: set('base_index = ?, base_number = ?, base_member = ?', 3),
    [operation.putWitnessed]: set(
      'witnessed_index = ?, witnessed_number = ?, witnessed_member = ?',
      3,
    ),
    [operation.putSyncSet]: set('sync_set = ?', 1),
    [operation.putConfig]: set('config = ?', 1),
    [operation.putMeta]: (packed, at) => {
      state.meta = String(packed[at]);
      return 1;
    },
  };
}

function prepareDocuments(database: DatabaseSync, state: BatchState): Operations {
  const prepare = (table: string, type: string) => {
    const put = database.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?, ?)`);
    const drop = database.prepare(`DELETE FROM ${table} WHERE ledger = ? AND id = ?`);
    return {
      put: (packed: PackedWrites, at: number) => {
        put.run(state.ledger, packed[at] ?? null, packed[at + 1] ?? null);
        return 2;
      },
      drop: (packed: PackedWrites, at: number) => {
        drop.run(state.ledger, packed[at] ?? null);
        return 1;
      },
      change: (packed: PackedWrites, at: number) => {
        const after = packed[at + 2] ?? null;
        if (after === null) drop.run(state.ledger, packed[at] ?? null);
        else put.run(state.ledger, packed[at] ?? null, after);
        state.texts.push(`{"type":"${type}","before":${packed[at + 1]},"after":${after}}`);
        return 3;
      },
    };
  };
  const leases = prepare('leases', 'lease');
  const licenses = prepare('licenses', 'license');
  const vendors = prepare('vendors', 'vendor');
  const putConfig = database.prepare('UPDATE ledgers SET config = ? WHERE key = ?');
  return {
    [operation.putLease]: leases.put,
    [operation.dropLease]: leases.drop,
    [operation.changeLease]: leases.change,
    [operation.putLicense]: licenses.put,
    [operation.dropLicense]: licenses.drop,
    [operation.changeLicense]: licenses.change,
    [operation.putVendor]: vendors.put,
    [operation.dropVendor]: vendors.drop,
    [operation.changeVendor]: vendors.change,
    [operation.changeMeta]: (packed, at) => {
      state.meta = String(packed[at + 1]);
      state.texts.push(`{"type":"meta","before":${packed[at]},"after":${packed[at + 1]}}`);
      return 2;
    },
    [operation.changeConfig]: (packed, at) => {
      putConfig.run(packed[at + 1] ?? null, state.ledger);
      state.texts.push(`{"type":"config","before":${packed[at]},"after":${packed[at + 1]}}`);
      return 2;
    },
  };
}

function prepareRows(database: DatabaseSync, state: BatchState): Operations {
  const sql = (text: string) => database.prepare(text);
  const put = sql('INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?)');
  const drop = sql('DELETE FROM rows WHERE ledger = ? AND kind = ? AND id = ?');
  const empty = prepareEmptying(database, [...logTables, 'rows']);
  const dropGaps = sql(`DELETE FROM gaps WHERE ledger = ? AND spell = '${logSpell}'`);
  const moveBase = sql(
    'UPDATE ledgers SET base_index = position, base_number = number, base_member = member ' +
      'FROM (SELECT position, number, member FROM log WHERE ledger = ?1 ' +
      'ORDER BY position DESC LIMIT 1) WHERE key = ?1',
  );
  const putConfig = sql('UPDATE ledgers SET config = ? WHERE key = ?');
  return {
    [operation.beginRows]: (packed, at) => {
      const { ledger } = state;
      moveBase.run(ledger);
      state.spells.clear();
      empty(ledger);
      if (packed[at + 1] !== 1) dropGaps.run(ledger);
      putConfig.run(packed[at] ?? null, ledger);
      return 2;
    },
    [operation.putRow]: (packed, at) => {
      const [kind = null, id = null, doc = null] = packed.slice(at, at + 3);
      put.run(state.ledger, kind, id, doc, sumOfRow(kind, id, doc));
      return 3;
    },
    [operation.dropRow]: (packed, at) => {
      if (packed[at] === 'spell') state.spells.delete(String(packed[at + 1]));
      drop.run(state.ledger, ...packed.slice(at, at + 2));
      return 2;
    },
    [operation.putSpell]: (packed, at) => {
      state.spells.set(String(packed[at]), String(packed[at + 1]));
      return 2;
    },
  };
}

function prepareHistory(state: BatchState, rows: HistoryRows, gaps: HistoryGaps): Operations {
  // A record of a spell that comes, in whatever way, is missing no longer.
  const noteHere = (
    kind: HistoryKind,
    spell: PackedWrites[number],
    sequence: PackedWrites[number],
  ) => {
    if (spell === logSpell) return;
    const series = { ledger: state.ledger, spell: String(spell), kind };
    gaps.close(series, Number(sequence), Number(sequence));
  };
  const addUsage: Apply = (packed, at) => {
    const values = packed.slice(at, at + usageValueCount);
    const [spell = null, sequence = null] = values;
    rows.putUsage(state.ledger, values);
    noteHere('usage', spell, sequence);
    return usageValueCount;
  };
  const addEvent: Apply = (packed, at) => {
    const values = packed.slice(at, at + eventValueCount);
    const [sequence = null, , , , spell = null] = values;
    state.locals.push(rows.putEvent(state.ledger, values));
    noteHere('events', spell, sequence);
    return eventValueCount;
  };
  const note = (type: string, doc: PackedWrites[number] | undefined) => {
    state.texts.push(`{"type":"${type}","after":${doc}}`);
  };
  return {
    [operation.addUsage]: addUsage,
    [operation.addEvent]: addEvent,
    [operation.changeUsage]: (packed, at) => {
      note('usage', packed[at + usageValueCount - 1]);
      return addUsage(packed, at);
    },
    [operation.changeEvent]: (packed, at) => {
      note('event', packed[at + 3]);
      return addEvent(packed, at);
    },
    [operation.addJournal]: (packed, at) => {
      const [server = null, ...values] = packed.slice(at, at + 1 + eventValueCount);
      state.locals.push(rows.putJournal(server, values));
      return 1 + eventValueCount;
    },
    [operation.withdrawUsage]: (packed, at) => {
      rows.withdrawUsage(state.ledger, packed[at] ?? null);
      return 1;
    },
    [operation.withdrawEvent]: (packed, at) => {
      rows.withdrawEvent(state.ledger, packed[at] ?? null);
      return 1;
    },
  };
}

function prepareLog(database: DatabaseSync, state: BatchState): Operations {
  const append = database.prepare('INSERT INTO log VALUES (?, ?, ?, ?, ?)');
  const truncate = database.prepare('DELETE FROM log WHERE ledger = ? AND position > ?');
  const compact = database.prepare('DELETE FROM log WHERE ledger = ? AND position <= ?');
  const moveBase = database.prepare(
    'UPDATE ledgers SET base_index = position, base_number = number, base_member = member ' +
      'FROM log WHERE ledger = key AND position = ? AND key = ?',
  );
  return {
    [operation.append]: (packed, at) => {
      const doc = `[${state.texts.join(',')}]`;
      append.run(state.ledger, ...packed.slice(at, at + 3), doc);
      state.texts = [];
      return 3;
    },
    [operation.truncate]: (packed, at) => {
      truncate.run(state.ledger, packed[at] ?? null);
      return 1;
    },
    [operation.compact]: (packed, at) => {
      const index = packed[at] ?? null;
      // An entry that is no longer in the log leaves nothing to do.
      if (moveBase.run(index, state.ledger).changes > 0) compact.run(state.ledger, index);
      return 1;
    },
  };
}

function prepareImage(
  database: DatabaseSync,
  state: BatchState,
  rows: HistoryRows,
  gaps: HistoryGaps,
): Operations {
  const sql = (text: string) => database.prepare(text);
  const empty = prepareEmptying(database, [...logTables, 'rows']);
  const dropMeta = sql('UPDATE ledgers SET meta = NULL WHERE key = ?');
  const ofLog = `ledger = ? AND spell = '${logSpell}'`;
  // Gaps get new numbers, so that nothing fills one with what was asked for before the image.
  const findGaps = sql(`SELECT kind, first, last FROM gaps WHERE ${ofLog} ORDER BY id`);
  const dropGaps = sql(`DELETE FROM gaps WHERE ${ofLog}`);
  const putEnded = sql('INSERT OR REPLACE INTO ended VALUES (?, ?, ?)');
  return {
    [operation.clear]: (packed, at) => {
      const { ledger } = state;
      const after = { usage: Number(packed[at]), events: Number(packed[at + 1]) };
      state.meta = null;
      state.spells.clear();
      dropMeta.run(ledger);
      empty(ledger);
      rows.withdrawAfter(ledger, after);
      const before = findGaps.all(ledger);
      dropGaps.run(ledger);
      for (const row of before) {
        const kind = historyKindOf(row['kind']);
        const stays = Math.min(Number(row['last']), after[kind]);
        gaps.add({ ledger, spell: logSpell, kind }, Number(row['first']), stays);
      }
      return 2;
    },
    [operation.addGap]: (packed, at) => {
      const [kind, first, last, spell] = packed.slice(at, at + 4);
      const series = {
        ledger: state.ledger,
        spell: String(spell),
        kind: historyKindOf(kind),
      };
      gaps.add(series, Number(first), Number(last));
      return 4;
    },
    [operation.putEnded]: (packed, at) => {
      putEnded.run(state.ledger, ...packed.slice(at, at + 2));
      return 2;
    },
  };
}
