import { describe, expect, it } from 'vitest';
import type { TestNode } from '../../support/node.ts';
import {
  activeOf,
  expectConnected,
  expectRefused,
  expectServing,
  install,
  ledgerOf,
  order,
  patiently,
  protectedLicense,
  restart,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

async function startBackup(more: object = {}): Promise<[TestNode, TestNode, TestNode]> {
  const nodes = await startPairedNodes('Main', 'Backup', 'Witness');
  const [main, standby] = nodes;
  await install(main, protectedLicense);
  await order(main, 'relationship.create', {
    kind: 'backup',
    main: 'Main',
    backup: 'Backup',
    ...more,
  });
  await expectServing(main, main, main, standby);
  return nodes;
}

const relationshipAt = ({ node }: TestNode) => node.admin.snapshot().relationship;

describe('settings of a relationship', unhurried, () => {
  it('are changed one by one, on either server, and hold on both', async () => {
    const [main, standby] = await startBackup();
    const changes = [
      { heartbeatMs: 100 },
      { takeoverAfterMs: 2_000 },
      { syncTimeoutMs: 500 },
      { reclaim: 'manual' },
      { reclaim: '22:00-04:00' },
      { reclaimAfterMs: 0 },
      { reclaimHoldDownMaxMs: 0 },
      { coldStartWaitMs: 1_000 },
    ] as const;
    for (const [at, settings] of changes.entries()) {
      const by = at % 2 === 0 ? main : standby;
      const { relationship } = await order(by, 'relationship.set', { settings });
      expect(relationship.settings).toMatchObject(at % 2 === 0 ? settings : {});
      for (const seen of [main, standby]) {
        await expect.poll(() => relationshipAt(seen)?.settings, patiently).toMatchObject(settings);
      }
    }
    expect(relationshipAt(main)?.settings).toEqual({
      heartbeatMs: 100,
      takeoverAfterMs: 2_000,
      syncTimeoutMs: 500,
      reclaim: '22:00-04:00',
      reclaimAfterMs: 0,
      reclaimHoldDownMaxMs: 0,
      coldStartWaitMs: 1_000,
    });
    await expectServing(main, main, main, standby);
  });

  it('are refused together when they do not fit each other', async () => {
    const [main] = await startBackup();
    const settings = { heartbeatMs: 400, takeoverAfterMs: 500 };
    const message = await expectRefused(main, 'relationship.set', { settings }, 'SETTING_REFUSED');
    expect(message).toContain('takeoverAfterMs');
    expect(relationshipAt(main)?.settings).toMatchObject({ heartbeatMs: 250 });
  });
});

describe('the policy', unhurried, () => {
  it('becomes strict with a witness and available again without', async () => {
    const [main, standby, witness] = await startBackup({ mutual: true });
    await expectRefused(main, 'relationship.set', { policy: 'strict' }, 'RELATIONSHIP_INCOMPLETE');
    const strict = await order(standby, 'relationship.set', {
      policy: 'strict',
      witness: 'Witness',
    });
    expect(strict.relationship).toMatchObject({ policy: 'strict', state: 'established' });
    for (const owner of [main, standby]) {
      await expectServing(owner, owner, main, standby);
      expect(ledgerOf(owner, main)).toMatchObject({
        rule: 'majority',
        witness: witness.node.id,
      });
      expect(ledgerOf(owner, witness)).toMatchObject({ licenses: 0 });
    }
    const available = await order(main, 'relationship.set', { policy: 'available' });
    expect(available.relationship).toMatchObject({ policy: 'available', state: 'established' });
    for (const owner of [main, standby]) {
      await expectServing(owner, owner, main, standby);
      expect(ledgerOf(owner, standby)).toMatchObject({ rule: 'continuity', witness: null });
    }
    await expect
      .poll(() => witness.node.admin.snapshot().ledgers.map(({ members }) => members), patiently)
      .toEqual([[witness.node.id]]);
    expect(main.node.admin.snapshot().licenses).toMatchObject([{ id: 'acme-cad' }]);
  });

  it('stays while a server is failed over that would have to let go', async () => {
    const [main] = await startBackup();
    await order(main, 'switchover', {});
    const change = { policy: 'strict', witness: 'Witness' } as const;
    const message = await expectRefused(main, 'relationship.set', change, 'NOT_SERVING');
    expect(message).toContain('Fail back first');
    expect(relationshipAt(main)).toMatchObject({ policy: 'available', state: 'established' });
  });
});

describe('a backup', unhurried, () => {
  it('becomes mutual, and one-sided again', async () => {
    const [main, standby] = await startBackup();
    const mutual = await order(main, 'relationship.set', { mutual: true });
    expect(mutual.relationship).toMatchObject({ mutual: true, state: 'established' });
    await expectServing(standby, standby, main, standby);
    await install(standby, { id: 'of-backup', vendor: 'Acme', ...protectedLicense });
    await expect.poll(() => ledgerOf(standby, main)?.licenses, patiently).toBe(1);
    const oneSided = await order(standby, 'relationship.set', { mutual: false });
    expect(oneSided.relationship).toMatchObject({ mutual: false });
    await expect.poll(() => ledgerOf(standby, main), patiently).toBeUndefined();
    await expect
      .poll(() => ledgerOf(standby), patiently)
      .toMatchObject({ members: [standby.node.id], licenses: 1 });
    await expectServing(main, main, main, standby);
    expect(relationshipAt(main)).toMatchObject({ mutual: false, state: 'established' });
    expect(relationshipAt(standby)).toMatchObject({ mutual: false, state: 'established' });
  });
});

describe('a relationship', unhurried, () => {
  it('is dissolved, and each server keeps its own licences', async () => {
    const [main, standby] = await startBackup({ mutual: true });
    await install(standby, { id: 'of-backup', ...protectedLicense });
    await order(standby, 'relationship.dissolve', {});
    for (const [own, license] of [
      [main, 'acme-cad'],
      [standby, 'of-backup'],
    ] as const) {
      await expect.poll(() => relationshipAt(own), patiently).toBeNull();
      await expect.poll(() => own.node.admin.snapshot().ledgers, patiently).toHaveLength(1);
      expect(own.node.admin.snapshot().licenses.map(({ id }) => id)).toEqual([license]);
      expect(activeOf(own)).toBe(own.node.id);
    }
    // Its admin has dissolved it, and has to agree to another one.
    await order(standby, 'relationship.accept', { id: 'Main' });
    await order(main, 'relationship.create', { kind: 'backup', main: 'Main', backup: 'Backup' });
    await expectServing(main, main, main, standby);
  });

  it('that is dissolved at one server is told at the other, as what another admin did', async () => {
    const [main, standby] = await startBackup();
    await order(standby, 'relationship.dissolve', {});
    const toldAt = async (at: TestNode) => {
      const { events } = await order(at, 'events.list', { server: at.node.id });
      return events.filter(
        ({ kind, severity }) => kind === 'relationshipDissolved' && severity === 'warning',
      );
    };
    await expect
      .poll(() => toldAt(main), patiently)
      .toMatchObject([{ message: expect.stringMatching(/^The relationship with Backup was /) }]);
    expect(await toldAt(standby)).toEqual([]);
  });

  it('whose dissolution was refused here is told of when another admin dissolves it', async () => {
    const [main, standby] = await startBackup();
    await order(main, 'switchover', {});
    await expectRefused(main, 'relationship.dissolve', {}, 'NOT_SERVING');
    await order(standby, 'failback', {});
    await expectServing(main, main, main, standby);
    await order(standby, 'relationship.dissolve', {});
    await expect
      .poll(async () => {
        const { events } = await order(main, 'events.list', { server: main.node.id });
        return events.filter(({ kind }) => kind === 'relationshipDissolved').at(0)?.message;
      }, patiently)
      .toContain('was dissolved by another admin');
  });

  it('of three is dissolved for the witness too', async () => {
    const [main, standby, witness] = await startBackup({ policy: 'strict', witness: 'Witness' });
    await order(main, 'relationship.dissolve', {});
    for (const at of [main, standby, witness]) {
      await expect.poll(() => at.node.admin.snapshot().ledgers, patiently).toHaveLength(1);
      expect(relationshipAt(at)).toBeNull();
    }
  });

  it('stays while the backup serves, and while a server is away, but for force', async () => {
    const [main, standby] = await startBackup();
    await order(main, 'switchover', {});
    await expectRefused(main, 'relationship.dissolve', {}, 'NOT_SERVING');
    await order(main, 'failback', {});
    await standby.node.stop();
    await expect
      .poll(() => relationshipAt(main)?.members.map(({ connected }) => connected), patiently)
      .toEqual([true, false]);
    await expectRefused(main, 'relationship.dissolve', {}, 'SERVER_UNREACHABLE');
    await order(main, 'relationship.dissolve', { force: true });
    expect(relationshipAt(main)).toBeNull();
    expect(main.node.admin.snapshot().licenses).toHaveLength(1);
    // The other one hears of it when it is back.
    const back = await restart(standby);
    await expectConnected(main, back);
    await expect.poll(() => relationshipAt(back), patiently).toBeNull();
    expect(back.node.admin.snapshot().licenses).toEqual([]);
  });

  it('is given up by a backup whose main is gone for good', async () => {
    const [main, standby] = await startBackup();
    await main.node.stop();
    await expect.poll(() => activeOf(main, standby), patiently).toBe(standby.node.id);
    await order(standby, 'relationship.dissolve', { force: true });
    expect(relationshipAt(standby)).toBeNull();
    expect(standby.node.admin.snapshot().licenses).toEqual([]);
    expect(activeOf(standby)).toBe(standby.node.id);
  });
});
