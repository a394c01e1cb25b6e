import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

/**
 * The checksum that a row is stored with. SQLite finds pages that are out of joint, but not a bit that
 * has flipped in the text of a row: another number of units would be believed.
 */
export function sumOfRow(kind: unknown, id: unknown, doc: unknown): number {
  return crc32([kind, id, doc].join('\n'));
}

/** `sumOfRow` in SQL, where `addRowSum` was called. */
export const rowSum = 'row_sum(kind, id, doc)';

export function addRowSum(database: DatabaseSync): void {
  database.function('row_sum', { deterministic: true }, sumOfRow);
}
