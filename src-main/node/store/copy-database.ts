import { closeSync, fsyncSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { privateFileMode } from '../base/own-files.ts';

/**
 * Writes all that an open database holds at this instant, whoever writes to it meanwhile, to a file that
 * must not be there yet; durable when it returns.
 *
 * @throws {Error} of the file system or of SQLite; what was written until then is left
 */
export function copyDatabase(database: DatabaseSync, to: string): void {
  // SQLite writes into an empty file, and would make one that others may read.
  closeSync(openSync(to, 'wx', privateFileMode));
  database.prepare('VACUUM INTO ?').run(to);
  const descriptor = openSync(to, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
