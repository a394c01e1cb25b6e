import { expect, it } from 'vitest';
import type { TestNode } from '../../support/node.ts';
import {
  activeOf,
  connect,
  expectRefused,
  expectServing,
  install,
  leaseOf,
  ledgerOf,
  order,
  patiently,
  protectedLicense,
  restart,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

const strict = { policy: 'strict', witness: 'Witness' } as const;
const plan = { kind: 'backup', main: 'Main', backup: 'Backup' } as const;
const relationshipAt = ({ node }: TestNode) => node.admin.snapshot().relationship;

/** Takes the one seat there is at a server that serves alone. */
async function takeSeat(owner: TestNode, at: TestNode, instance: string): Promise<string> {
  await expect.poll(() => activeOf(owner, at), patiently).toBe(at.node.id);
  return leaseOf(at, instance);
}

/** A pair of which each gave the one seat of a licence away while the other was down. */
async function startOverdrawn() {
  const [first, second, witness] = await startPairedNodes('Main', 'Backup', 'Witness');
  await install(first, { ...protectedLicense, units: 1, ttlSeconds: 3_600 });
  await order(first, 'relationship.create', plan);
  await expectServing(first, first, first, second);
  await order(first, 'relationship.set', { settings: { coldStartWaitMs: 1_000 } });
  await first.node.stop();
  await takeSeat(first, second, 'i-1');
  await second.node.stop();
  const main = await restart(first);
  const lease = await takeSeat(first, main, 'i-2');
  const standby = await restart(second);
  await expectServing(main, main, main, standby);
  await expect.poll(() => ledgerOf(main)?.overdraft?.units, patiently).toBe(1);
  const giveBack = async () => {
    const { status } = await connect(main).send('DELETE', `/v1/leases/${lease}`);
    expect(status).toBe(204);
    await expect.poll(() => ledgerOf(main)?.overdraft, patiently).toBeNull();
  };
  return { main, standby, witness, giveBack };
}

it('a pair is not made strict while more seats are out than there are', unhurried, async () => {
  const { main, standby, giveBack } = await startOverdrawn();
  for (const by of [main, standby]) {
    const message = await expectRefused(by, 'relationship.set', strict, 'RELATIONSHIP_BUSY');
    expect(message).toContain('More seats of the licences of Main are out than there are');
  }
  expect(relationshipAt(main)).toMatchObject({ policy: 'available', state: 'established' });
  expect(ledgerOf(main, standby)).toMatchObject({ rule: 'continuity', licenses: 1, leases: 2 });
  await giveBack();
  const { relationship } = await order(main, 'relationship.set', strict);
  expect(relationship).toMatchObject({ policy: 'strict', state: 'established' });
  await expectServing(main, main, main, standby);
});

it(
  'a strict pair that is set up then is protected by the former rule until fewer are out',
  unhurried,
  async () => {
    const { main, standby, giveBack } = await startOverdrawn();
    await order(main, 'relationship.dissolve', {});
    await order(standby, 'relationship.accept', { id: 'Main' });
    const created = order(main, 'relationship.create', { ...plan, ...strict });
    await expectServing(main, main, main, standby);
    const kept = { rule: 'continuity', licenses: 1, leases: 2 };
    await expect.poll(() => ledgerOf(main, standby), patiently).toMatchObject(kept);
    await expect
      .poll(() => relationshipAt(main)?.pending, patiently)
      .toContain('The rule is changed when the overdraft is worked off');
    await expect
      .poll(() => main.node.admin.snapshot().readiness, patiently)
      .toMatchObject({ ready: true, reasons: [] });
    await giveBack();
    await expect
      .poll(() => [relationshipAt(main)?.state, ledgerOf(main, standby)?.rule], patiently)
      .toEqual(['established', 'majority']);
    expect(ledgerOf(main, standby)).toMatchObject({ licenses: 1, leases: 1 });
    await created;
  },
);
