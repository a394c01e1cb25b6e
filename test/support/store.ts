import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openStore } from '../../src-main/node/io/store/store.ts';
import type { Change } from '../../src-main/node/core/change.ts';
import type { Store } from '../../src-main/node/store.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

export const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const signingKeyPem = signingKey.privateKey.export({ type: 'pkcs8', format: 'pem' });

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

export async function commit(store: Store, ...changes: Change[]): Promise<void> {
  await store.commit({ changes, claims: [] });
}
