import type { DatabaseSync } from 'node:sqlite';
import { logSpell, type SpellRow } from '../core/rows/row.ts';
import { type PackedWrites, usageValueCount } from './operation.ts';
import type { HistoryKind } from './store.ts';

type Value = PackedWrites[number];

/** Rows of usage and of the timeline, which have one number in their spell and one by arrival. */
export interface HistoryRows {
  /**
   * A row that is there already keeps its number. Of several ends of one lease the one with the
   * highest rank is kept, whatever comes first. Of those of the time as a log the last one counts, and the others stay
   * without counting (`usageCounts`), since a member may have to take the last one back. An end that no row of a spell
   * tells of was recorded by this server alone before it was taken out: it makes way for any end of that lease in the
   * ledger.
   */
  putUsage(ledger: number, values: Value[]): void;
  /** The number of the entry by arrival; 0: it was there already. */
  putEvent(ledger: number, values: Value[]): number;
  /** The number of the entry by arrival; 0: it was there already. */
  putJournal(server: Value, values: Value[]): number;
  withdrawUsage(ledger: number, sequence: Value): void;
  withdrawEvent(ledger: number, sequence: Value): void;
  /** Drops what the time as a log recorded after these numbers. */
  withdrawAfter(ledger: number, after: Record<HistoryKind, number>): void;
}

/** The rank of an end in the time as a log after which the lease lived again and ended once more. */
const outlivedRank = -1;

/** Of a row of usage: it is a refusal, or the end of its lease. */
export const usageCounts = `rank > ${outlivedRank}`;

export interface HistoryRowsPorts {
  /** Is told the number by arrival of an entry that is withdrawn, or replaced by another. */
  onGone: (local: number) => void;
  /** The row of a spell that is yet to be written, as JSON. */
  waitingSpell: (spell: string) => string | undefined;
}

export function prepareHistoryRows(database: DatabaseSync, ports: HistoryRowsPorts): HistoryRows {
  const usage = prepareUsage(database, ports);
  const events = prepareEvents(database, ports);
  return {
    ...usage,
    ...events,
    withdrawAfter: (ledger, after) => {
      usage.withdrawUsageAfter(ledger, after.usage);
      events.withdrawEventsAfter(ledger, after.events);
    },
  };
}

function prepareUsage(database: DatabaseSync, ports: HistoryRowsPorts) {
  const sql = (text: string) => database.prepare(text);
  const places = Array(usageValueCount).fill('?').join(',');
  const add = sql(`INSERT INTO usage VALUES (NULL,?,${places})`);
  const find = sql('SELECT doc FROM usage WHERE ledger = ? AND spell = ? AND sequence = ?');
  const drop = sql(
    'DELETE FROM usage WHERE ledger = ? AND spell = ? AND sequence = ? RETURNING lease',
  );
  const { settle, withdrawAfter } = prepareLoggedEnds(database);
  const findOthers = prepareOtherEnds(database, ports);
  const withdraw = (ledger: number, spell: Value, sequence: Value) => {
    const gone = drop.get(ledger, spell, sequence);
    if (gone && spell === logSpell) settle(ledger, gone['lease']);
  };
  return {
    putUsage: (ledger: number, values: Value[]): void => {
      const [spell = null, sequence = null, , lease = null] = values;
      // Looked for first: an insertion that meets a row would use up a number by arrival.
      const there = find.get(ledger, spell, sequence);
      if (there?.['doc'] === values.at(-1)) return;
      if (there) withdraw(ledger, spell, sequence);
      const others = findOthers(ledger, values);
      if (others.some(({ counts }) => counts)) return;
      for (const other of others) drop.run(ledger, other.spell, other.sequence);
      add.run(ledger, ...values);
      if (spell === logSpell) settle(ledger, lease);
    },
    withdrawUsage: (ledger: number, sequence: Value) => withdraw(ledger, logSpell, sequence),
    withdrawUsageAfter: withdrawAfter,
  };
}

/** Ends in the time as a log, of which a lease has several when it lived again: the last one counts. */
function prepareLoggedEnds(database: DatabaseSync) {
  const ofLog = `ledger = $ledger AND spell = '${logSpell}'`;
  const ofLease = `lease = $lease AND ${ofLog}`;
  // SQLite would go by the number in the spell, over all rows of a log.
  const byLease = 'INDEXED BY usage_by_lease';
  const mark = database.prepare(
    `UPDATE usage ${byLease} SET rank = iif(sequence = ` +
      `(SELECT max(sequence) FROM usage ${byLease} WHERE ${ofLease}), 0, ${outlivedRank}) ` +
      `WHERE ${ofLease}`,
  );
  const findLeft = database.prepare(
    `SELECT DISTINCT gone.lease FROM usage gone JOIN usage stays ${byLease} ` +
      `USING (lease, ledger, spell) WHERE ${ofLog} AND gone.sequence > $after ` +
      'AND stays.sequence <= $after',
  );
  const dropAfter = database.prepare(`DELETE FROM usage WHERE ${ofLog} AND sequence > $after`);
  const settle = (ledger: number, lease: unknown) => {
    if (typeof lease === 'string') mark.run({ $ledger: ledger, $lease: lease });
  };
  return {
    /** Says anew which end of the lease counts. */
    settle,
    withdrawAfter: (ledger: number, after: number): void => {
      const range = { $ledger: ledger, $after: after };
      const left = findLeft.all(range);
      dropAfter.run(range);
      for (const { lease } of left) settle(ledger, lease);
    },
  };
}

interface OtherEnd {
  spell: string;
  sequence: number;
  /** It is of the ledger, and the higher one. */
  counts: boolean;
}

/** Finds what else is here of the session of which a row tells the end. */
function prepareOtherEnds(
  database: DatabaseSync,
  { waitingSpell }: HistoryRowsPorts,
): (ledger: number, values: Value[]) => OtherEnd[] {
  // The order has to be the same at every member, and so goes by nothing that is only here.
  const find = database.prepare(
    'SELECT spell, sequence, (rank, ended, spell, sequence) > ($rank, $ended, $spell, $sequence) ' +
      'AS higher FROM usage WHERE lease = $lease AND ledger = $ledger AND ' +
      `NOT (spell = '${logSpell}' AND $spell = '${logSpell}')`,
  );
  const findReach = database.prepare(
    "SELECT doc ->> 'usage' AS reach FROM rows WHERE ledger = ? AND kind = 'spell' AND id = ?",
  );
  const isOfLedger = (ledger: number, spell: string, sequence: number): boolean => {
    if (spell === logSpell) return true;
    const waiting = waitingSpell(spell);
    if (waiting !== undefined) return sequence <= (JSON.parse(waiting) as SpellRow).usage;
    return sequence <= Number(findReach.get(ledger, spell)?.['reach'] ?? 0);
  };
  return (ledger, values) => {
    const [$spell = null, $sequence = null, $rank = null, $lease = null] = values;
    if ($lease === null) return [];
    const end = { $spell, $sequence, $rank, $lease, $ended: values.at(-3) ?? null };
    return find.all({ $ledger: ledger, ...end }).map((row) => {
      const [spell, sequence] = [String(row['spell']), Number(row['sequence'])];
      return {
        spell,
        sequence,
        counts: row['higher'] === 1 && isOfLedger(ledger, spell, sequence),
      };
    });
  };
}

function prepareEvents(database: DatabaseSync, { onGone }: HistoryRowsPorts) {
  const sql = (text: string) => database.prepare(text);
  const add = sql('INSERT INTO events VALUES (NULL,?,?,?,?,?,?,?)');
  const find = sql('SELECT doc FROM events WHERE ledger = ? AND spell = ? AND sequence = ?');
  const findJournal = sql('SELECT 1 FROM events WHERE journal = ? AND sequence = ?');
  const drop = sql(
    'DELETE FROM events WHERE ledger = ? AND spell = ? AND sequence = ? RETURNING local',
  );
  const dropAfter = sql(
    `DELETE FROM events WHERE ledger = ? AND spell = '${logSpell}' AND sequence > ?`,
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
    putEvent: (ledger: number, values: Value[]): number => {
      const [sequence = null, , , doc = null, spell = null] = values;
      const there = find.get(ledger, spell, sequence);
      if (there?.['doc'] === doc) return 0;
      if (there) withdraw(ledger, spell, sequence);
      return insert(ledger, null, values);
    },
    putJournal: (server: Value, values: Value[]): number => {
      const [sequence = null] = values;
      if (findJournal.get(server, sequence)) return 0;
      noteJournal.run(server, sequence);
      return insert(null, server, values);
    },
    withdrawEvent: (ledger: number, sequence: Value) => withdraw(ledger, logSpell, sequence),
    withdrawEventsAfter: (ledger: number, after: number) => void dropAfter.run(ledger, after),
  };
}
