import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { ledgerFile } from './store.ts';

/** What is in `test/fixtures/version-2`, which see. */
export const pair = {
  ledger: '2781b3c1-54d9-4520-b23c-f8364975400e',
  main: '5a3934e3598f9e52ce293228292a0fa7491fe6c188934223e61257e9363c285a',
  backup: '2e77fbe6caac5cf297944ac3582938173fb93e5b57eb36e2fe64c6c03dcc3bd8',
} as const;

/** A copy of the ledgers that one of the two servers had. */
export function copyVersion2(server: 'main' | 'backup'): string {
  return unpack(`version-2/${server}`);
}

/** The same of the main server, as the last version wrote it that knew format 5. */
export function copyVersion5(): string {
  return unpack('version-5/main');
}

function unpack(name: string): string {
  const file = ledgerFile();
  const packed = new URL(`../fixtures/${name}.db.gz`, import.meta.url);
  writeFileSync(file, gunzipSync(readFileSync(packed)));
  return file;
}

/** Looks into a file, or alters it, past the store. */
export function withDatabase<T>(file: string, use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file);
  try {
    return use(database);
  } finally {
    database.close();
  }
}
