import { DatabaseSync } from 'node:sqlite';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keepsLedgersAlone } from '../../../src-main/node/store/kept-alone.ts';
import { applicationId } from '../../../src-main/node/store/schema.ts';
import type { Store, StoreWrite } from '../../../src-main/node/store/store.ts';
import type { LedgerConfig } from '../../../src-shared/model/ledger-config.ts';
import { soloConfig } from '../../../src-shared/model/ledger-config.ts';
import {
  granted,
  makeLease,
  makeMeta,
  makeStoredLedger,
  makeStoredReplica,
  otherId,
  positionOf,
  serverId,
} from '../../support/records.ts';
import { copyAfterCrash, ledgerFile, openTestStore } from '../../support/store.ts';

/** The server that `serverId` becomes. */
const nextId = 'c3'.repeat(32);

const solo = soloConfig(serverId);
const shared: LedgerConfig = {
  ...solo,
  membership: { ...solo.membership, members: [serverId, otherId] },
};
const witnessed: LedgerConfig = {
  ...solo,
  membership: { members: [otherId], witness: serverId, rule: 'majority' },
};
const planned: LedgerConfig = {
  ...solo,
  relationship: {
    id: '00000000-0000-4000-8000-000000000001',
    kind: 'backup',
    policy: 'available',
    mutual: false,
    members: [serverId, otherId],
    goal: null,
  },
};

function create(store: Store, ledger: string, config: LedgerConfig, ...more: StoreWrite[]) {
  const stored = makeStoredReplica({
    term: { number: 7, member: serverId },
    log: { base: positionOf(4, 6), entries: [{ ...positionOf(5, 7), changes: [] }] },
    syncSet: [serverId],
    ledger: makeStoredLedger({ config, meta: makeMeta({ term: 7 }), leases: [makeLease(1)] }),
  });
  const writes = [{ type: 'createLedger', stored } as const, ...more];
  return store.commit({ ledgers: [{ ledger, writes }], journal: [] });
}

async function storeWith(config: LedgerConfig) {
  const store = openTestStore();
  await store.load(serverId);
  await create(store, 'ledger-1', config);
  return store;
}

describe('the ledgers of a server that has another id now', () => {
  it('are its own where it kept them alone, with all that is in them', async () => {
    const store = await storeWith({ ...solo, placed: serverId });
    const entries = [{ ...positionOf(6, 7), changes: [granted(makeLease(2))] }];
    const writes = [{ type: 'append', entries } as const];
    await store.commit({ ledgers: [{ ledger: 'ledger-1', writes }], journal: [] });
    await store.close();
    const { ledgers } = await openTestStore(store.file).load(nextId, [otherId, serverId]);
    expect(ledgers).toMatchObject([
      {
        id: 'ledger-1',
        term: { number: 7, member: nextId },
        // Who joins gets an image: the log before names the former id.
        log: { base: positionOf(6, 7, nextId), entries: [] },
        witnessed: makeStoredReplica().witnessed,
        syncSet: [nextId],
        ledger: { config: soloConfig(nextId), meta: makeMeta({ term: 7 }) },
      },
    ]);
    expect(ledgers[0]?.ledger.leases).toEqual([makeLease(1), makeLease(2)]);
    // It is durable, and nothing is left to do.
    const [again] = (await openTestStore(copyAfterCrash(store.file)).load(nextId)).ledgers;
    expect(again).toEqual(ledgers[0]);
  });

  it('are its own where they are kept as rows, with its present id in their configuration', async () => {
    const store = await storeWith({ ...solo, placed: serverId });
    const before = (await store.load(serverId)).ledgers[0]?.ledger;
    await store.close();
    const [after] = (await openTestStore(store.file).load(nextId, [serverId])).ledgers;
    const config = soloConfig(nextId);
    expect(after?.ledger).toEqual({
      ...before,
      config,
      rows: before?.rows?.map((row) => (row.kind === 'config' ? { ...row, config } : row)),
    });
    expect(after?.ledger.rows).toHaveLength(2);
  });

  it('stay as they are under another id, or with others', async () => {
    const store = openTestStore();
    await store.load(serverId);
    const configs = { shared, witnessed, planned, foreign: soloConfig(otherId) };
    for (const [id, config] of Object.entries(configs)) await create(store, id, config);
    const before = (await store.load(serverId)).ledgers;
    await store.close();
    expect((await openTestStore(store.file).load(nextId, [serverId])).ledgers).toEqual(before);
  });

  it('keep what nobody has begun yet', async () => {
    const store = openTestStore();
    await store.load(serverId);
    const stored = makeStoredReplica({ ledger: makeStoredLedger({ config: solo }) });
    const writes: StoreWrite[] = [{ type: 'createLedger', stored }];
    await store.commit({ ledgers: [{ ledger: 'ledger-1', writes }], journal: [] });
    await store.close();
    const [ledger] = (await openTestStore(store.file).load(nextId, [serverId])).ledgers;
    expect(ledger).toMatchObject({ term: stored.term, log: stored.log });
    expect(ledger?.ledger.config).toEqual(soloConfig(nextId));
  });
});

describe('whether a server can become another', () => {
  it('depends on who else takes part in its ledgers', async () => {
    expect(keepsLedgersAlone(ledgerFile())).toBe(true);
    for (const [config, alone] of [
      [solo, true],
      [shared, false],
      [witnessed, false],
      [planned, false],
    ] as const) {
      const store = await storeWith(config);
      expect(keepsLedgersAlone(store.file)).toBe(alone);
      // As a crash left it, too.
      expect(keepsLedgersAlone(copyAfterCrash(store.file))).toBe(alone);
      const writes = [{ type: 'dropLedger' } as const];
      await store.commit({ ledgers: [{ ledger: 'ledger-1', writes }], journal: [] });
      expect(keepsLedgersAlone(store.file)).toBe(true);
    }
  });

  it('is so with a file of an older format, and not with one that cannot be read', () => {
    const older = ledgerFile();
    const database = new DatabaseSync(older);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1`);
    database.close();
    expect(keepsLedgersAlone(older)).toBe(true);
    const broken = ledgerFile();
    writeFileSync(broken, 'no ledger at all'.repeat(500));
    expect(keepsLedgersAlone(broken)).toBe(false);
  });
});
