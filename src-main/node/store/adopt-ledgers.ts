import type { DatabaseSync } from 'node:sqlite';
import { lastPosition, type TableRow } from './ledger-rows.ts';
import { rowSum } from './row-sum.ts';
import type { LedgerOwner } from './migrate-single-ledger.ts';

/** No other server takes part, and none is about to. */
export const keptAlone =
  "json_array_length(config, '$.membership.members') = 1 " +
  "AND config ->> '$.membership.witness' IS NULL AND config ->> '$.relationship' IS NULL";

/**
 * Gives the ledgers that this server keeps alone under a former id to its present one, all or none.
 * Their log then begins after its last entry, so that whoever joins gets an image and never a
 * configuration of the former id. Ledgers with other members are left as they are: those would not
 * know this server.
 */
export function adoptLedgers(database: DatabaseSync, owner: LedgerOwner): void {
  const rows = database
    .prepare(
      `SELECT * FROM ledgers WHERE hosted = 1 AND ${keptAlone} ` +
        "AND config ->> '$.membership.members[0]' IN (SELECT value FROM json_each(?))",
    )
    .all(JSON.stringify(owner.formerIds));
  if (rows.length === 0) return;
  database.exec('BEGIN IMMEDIATE');
  for (const row of rows) adopt(database, owner, row);
  database.exec('COMMIT');
}

function adopt(database: DatabaseSync, { serverId, formerIds }: LedgerOwner, row: TableRow): void {
  const present = (id: string) => (formerIds.includes(id) ? serverId : id);
  const key = Number(row['key']);
  const base = lastPosition(database, row);
  database
    .prepare(
      'UPDATE ledgers SET term_member = ?, base_index = ?, base_number = ?, base_member = ?, ' +
        'sync_set = json_array(?), ' +
        "config = json_set(config, '$.membership.members', json_array(?), '$.placed', NULL) " +
        'WHERE key = ?',
    )
    .run(
      present(String(row['term_member'])),
      base.index,
      base.term.number,
      present(base.term.member),
      serverId,
      serverId,
      key,
    );
  database.prepare('DELETE FROM log WHERE ledger = ?').run(key);
  database
    .prepare(
      "UPDATE rows SET doc = json_set(doc, '$.config', json((SELECT config FROM ledgers " +
        "WHERE key = ledger))) WHERE ledger = ? AND kind = 'config'",
    )
    .run(key);
  database.prepare(`UPDATE rows SET sum = ${rowSum} WHERE ledger = ? AND kind = 'config'`).run(key);
}
