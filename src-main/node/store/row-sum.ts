import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

/** In SQL: `row_sum(kind, id, doc)`, the checksum that a row is stored with. */
export const rowSum = 'row_sum(kind, id, doc)';

/**
 * Lets a connection use `row_sum`. SQLite finds pages that are out of joint, but not a bit that has
 * flipped in the text of a row: another number of units would be believed.
 */
export function addRowSum(database: DatabaseSync): void {
  // SQLite counts the parameters.
  const sum = (kind: unknown, id: unknown, doc: unknown) => crc32([kind, id, doc].join('\n'));
  database.function('row_sum', { deterministic: true }, sum);
}
