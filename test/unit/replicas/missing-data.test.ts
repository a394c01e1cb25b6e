import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MissingData } from '../../../src-main/node/replicas/missing-data.ts';
import type { ReplicaView } from '../../../src-main/node/core/replica/replica-view.ts';
import type { Replicas } from '../../../src-main/node/replicas/replicas.ts';
import { type DataLoss, writeLoss } from '../../../src-main/node/store/data-loss.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { waitFor } from '../../support/wait-for.ts';

interface Ledger {
  state: { incomplete: boolean; removed: boolean };
  view: () => Pick<ReplicaView, 'beyond'> & {
    config: { membership: { members: string[]; witness: null } };
  };
}

const ledgerOf = (incomplete: boolean, beyond: ReplicaView['beyond'] = []): Ledger => ({
  state: { incomplete, removed: false },
  view: () => ({ beyond, config: { membership: { members: ['here', 'there'], witness: null } } }),
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

it('warns of changes that others have and that are dropped with the loss, which has to be accepted twice', async () => {
  const file = join(makeTemporaryDirectory(), 'data-loss.json');
  const dataLoss: DataLoss = { noticedMs: 1, kind: 'putBack', cause: 'It was put back' };
  await writeLoss(file, dataLoss);
  const beyond = [
    { id: 'whole', goesFirst: false },
    { id: 'more', goesFirst: true },
  ];
  const ledger = { ...ledgerOf(true, beyond), step: () => (ledger.state.incomplete = false) };
  const missing = new MissingData({
    serverId: 'here',
    admin: { kind: 'admin', name: 'ann', server: 'a'.repeat(64) },
    dataLoss,
    file,
    replicas: () => ({ all: () => [ledger], tick: () => undefined }) as unknown as Replicas,
    commits: { settled: () => Promise.resolve() },
    wallMs: () => 1,
    nameOf: (id) => id,
    note: () => undefined,
    log: { warn: () => undefined },
    onChange: () => undefined,
  });
  missing.begin();
  const { warning } = missing.status() ?? {};
  expect(warning).toMatch(/^whole has changes that this server does not have/);
  expect(await missing.accept(false)).toMatchObject({
    ok: false,
    message: expect.stringContaining('accept-loss --force'),
  });
  expect(missing.status()?.warning).toBe(warning);
  // One that goes first loses nothing: everybody gets what it has.
  beyond.shift();
  expect(missing.status()?.warning).toBeNull();
  expect(await missing.accept(false)).toMatchObject({ ok: true });
  expect(missing.status()).toBeNull();
});
