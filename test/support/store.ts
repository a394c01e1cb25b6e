import { copyFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Change, RecordedEvent } from '../../src-main/node/core/ledger/change.ts';
import type { Entry } from '../../src-main/node/core/replica/log.ts';
import { openStore } from '../../src-main/node/store/open-store.ts';
import type { Committed, LoadedStore, Store, StoreWrite } from '../../src-main/node/store/store.ts';
import { makeStoredReplica, positionOf, serverId } from './records.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

export const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const signingKeyPem = signingKey.privateKey.export({ type: 'pkcs8', format: 'pem' });

/** The ledger that these helpers write to unless told otherwise. */
export const ledgerId = 'ledger-1';

export function ledgerFile(): string {
  return join(makeTemporaryDirectory(), 'ledger.db');
}

/** The real store on a real file, closed when the test is over. */
export function openTestStore(file = ledgerFile()): Store & { file: string } {
  const store = openStore({
    file,
    signingKeyPem: String(signingKeyPem),
    onDeath: (error) => {
      throw error;
    },
  });
  onTestFinished(() => store.close());
  return { ...store, file };
}

/** A new store that hosts one ledger, which has nothing yet. */
export async function openWithLedger(file = ledgerFile()): Promise<LedgerStore> {
  const store = openTestStore(file);
  await store.load(serverId);
  const writes: StoreWrite[] = [{ type: 'createLedger', stored: makeStoredReplica() }];
  await store.commit({ ledgers: [{ ledger: ledgerId, writes }], journal: [] });
  return new LedgerStore(store, store.file);
}

/** A store, and the log of its one ledger. */
export class LedgerStore {
  readonly store: Store;
  readonly file: string;
  #lastIndex = 0;

  constructor(store: Store, file: string) {
    this.store = store;
    this.file = file;
  }

  write(...writes: StoreWrite[]): Promise<Committed> {
    return this.store.commit({ ledgers: [{ ledger: ledgerId, writes }], journal: [] });
  }

  nextEntry(...changes: Change[]): Entry {
    return { ...positionOf(++this.#lastIndex), changes };
  }

  /** Adds one entry with these changes. */
  append(...changes: Change[]): Promise<Committed> {
    return this.write({ type: 'append', entries: [this.nextEntry(...changes)] });
  }

  addToJournal(...journal: RecordedEvent[]): Promise<Committed> {
    return this.store.commit({ ledgers: [], journal });
  }
}

/** What the ledger of `openWithLedger` has, as after a start. */
export async function readLedger(store: Store): Promise<LoadedStore['ledgers'][number]> {
  const found = (await store.load(serverId)).ledgers.find(({ id }) => id === ledgerId);
  if (!found) throw new Error(`${ledgerId} is not in the store`);
  return found;
}

/** The files as a crash would leave them now, in another directory. */
export function copyAfterCrash(file: string): string {
  const copy = ledgerFile();
  for (const suffix of ['', '-wal']) copyFileSync(file + suffix, copy + suffix);
  return copy;
}

/** Makes a ledger that is not open one of format 4, which knew no size of the history. */
export function takeBackToFormat4(file: string): void {
  const database = new DatabaseSync(file);
  for (const name of ['usage_added', 'usage_dropped', 'event_added', 'event_dropped']) {
    database.exec(`DROP TRIGGER ${name}`);
  }
  database.exec('DROP TABLE history_size; PRAGMA user_version = 4');
  database.close();
}
