import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MissingData } from '../../../src-main/node/replicas/missing-data.ts';
import type { Replicas } from '../../../src-main/node/replicas/replicas.ts';
import { type DataLoss, writeLoss } from '../../../src-main/node/store/data-loss.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { waitFor } from '../../support/wait-for.ts';

interface Ledger {
  state: { incomplete: boolean; removed: boolean };
  view: () => { config: { membership: { members: string[]; witness: null } } };
}

const ledgerOf = (incomplete: boolean): Ledger => ({
  state: { incomplete, removed: false },
  view: () => ({ config: { membership: { members: ['here', 'there'], witness: null } } }),
});

it('is remembered while the ledgers are taken up one by one, until the last of them is complete', async () => {
  const file = join(makeTemporaryDirectory(), 'data-loss.json');
  const dataLoss: DataLoss = { noticedMs: 1, kind: 'putBack', cause: 'It was put back' };
  await writeLoss(file, dataLoss);
  const ledgers: Ledger[] = [];
  const told: string[] = [];
  /** How often it began to forget what is missing. */
  let forgotten = 0;
  const missing = new MissingData({
    serverId: 'here',
    admin: { kind: 'admin', name: 'ann', server: 'a'.repeat(64) },
    dataLoss,
    file,
    replicas: () => ({ all: () => ledgers }) as unknown as Replicas,
    commits: {
      settled: () => {
        forgotten++;
        return Promise.resolve();
      },
    },
    wallMs: () => 1,
    nameOf: (id) => id,
    note: ({ kind }) => told.push(kind),
    log: { warn: () => undefined },
    onChange: () => undefined,
  });
  // What this server keeps alone comes first, and lacks nothing.
  ledgers.push(ledgerOf(false));
  missing.look();
  const shared = ledgerOf(true);
  ledgers.push(shared);
  missing.look();
  missing.begin();
  expect(forgotten).toBe(0);
  expect([missing.status() === null, existsSync(file), told]).toEqual([
    false,
    true,
    ['dataMissing'],
  ]);

  shared.state.incomplete = false;
  missing.look();
  await waitFor('nothing is missing', () => missing.status() === null);
  expect([existsSync(file), told]).toEqual([false, ['dataMissing', 'dataGivenBack']]);
});
