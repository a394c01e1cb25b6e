import { describe, expect, it } from 'vitest';
import type { AdminParams } from '../../../src-shared/contract/admin.ts';
import { makeLicenseFile, makeVendor } from '../../support/licenses.ts';
import type { TestNode } from '../../support/node.ts';
import {
  connect,
  expectRefused,
  install,
  order,
  patiently,
  restart,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

const plan: AdminParams<'relationship.create'> = {
  kind: 'pool',
  name: 'floor-1',
  servers: ['Alpha', 'Beta', 'Gamma'],
};
const free = { id: 'free', feature: 'free', redundancy: 'pool' } as const;
const strict = { id: 'strict', feature: 'strict', redundancy: 'pool', majorityRule: true } as const;

type Five = [TestNode, TestNode, TestNode, TestNode, TestNode];

/** The two ledgers of the pool as a server sees them, the one with the majority rule first. */
function ledgersAt({ node }: TestNode) {
  return node.admin
    .snapshot()
    .ledgers.filter(({ rule }) => rule !== null)
    .sort((a) => (a.rule === 'majority' ? -1 : 1));
}

async function expectServedBy(by: TestNode, ...nodes: TestNode[]): Promise<void> {
  for (const at of nodes) {
    const served = { active: by.node.id };
    await expect.poll(() => ledgersAt(at), patiently).toMatchObject([served, served]);
  }
}

async function expectInSync(at: TestNode): Promise<void> {
  const late = () =>
    ledgersAt(at).filter(({ members, synchronised }) => members.length !== synchronised.length);
  await expect.poll(late, patiently).toEqual([]);
}

describe('a pool', unhurried, () => {
  it('keeps each licence by the rule that it wants, and moves what was there before', async () => {
    const [alpha, beta, gamma] = await startPairedNodes('Alpha', 'Beta', 'Gamma');
    await install(alpha, free, strict);
    await order(alpha, 'relationship.create', plan);
    // The order itself waits ten seconds for it at most.
    const shown = async () => (await order(alpha, 'relationship.show', {})).relationship;
    const established = { kind: 'pool', name: 'floor-1', state: 'established' };
    await expect.poll(shown, patiently).toMatchObject(established);
    const roles = (await shown())?.members.map(({ role }) => role);
    expect(roles).toEqual(['leader', 'follower', 'follower']);
    for (const at of [alpha, beta, gamma]) {
      await expect
        .poll(() => ledgersAt(at), patiently)
        .toMatchObject([
          { rule: 'majority', licenses: 1 },
          { rule: 'continuity', licenses: 1 },
        ]);
      await expectInSync(at);
    }
    expect((await connect(alpha).checkout('i-1', 'free')).status).toBe(201);
    expect((await connect(alpha).checkout('i-1', 'strict')).status).toBe(201);
    await expectServedBy(alpha, beta);

    // Two are gone: the rest is no majority.
    await alpha.node.stop();
    await gamma.node.stop();
    await expect
      .poll(() => ledgersAt(beta), patiently)
      .toMatchObject([{ active: null }, { active: beta.node.id }]);
    expect((await connect(beta).checkout('i-2', 'free')).status).toBe(201);
    expect(await connect(beta).checkout('i-2', 'strict')).toMatchObject({
      status: 503,
      body: { code: 'LS_MAJORITY_RULE_FAILURE' },
    });
    const back = await restart(gamma);
    await expect
      .poll(() => ledgersAt(beta).map(({ active }) => active === null), patiently)
      .toEqual([false, false]);
    expect((await connect(beta).checkout('i-2', 'strict')).status).toBeLessThan(308);
    await expectRefused(back, 'relationship.create', plan, 'RELATIONSHIP_INCOMPLETE');
  });

  it('of five is served by the next in order, and what needs a majority by nobody with two', async () => {
    const names = ['Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon'];
    const nodes = (await startPairedNodes(...names)) as TestNode[];
    const [alpha, beta, gamma, delta, epsilon] = nodes as Five;
    await install(alpha, free, strict);
    await order(alpha, 'relationship.create', { ...plan, servers: names });
    await order(alpha, 'relationship.set', { settings: { reclaim: 'manual' } });
    for (const at of nodes) await expectInSync(at);
    await alpha.node.stop();
    await beta.node.stop();
    await expectServedBy(gamma, gamma, delta, epsilon);
    await delta.node.stop();
    await expect
      .poll(() => ledgersAt(epsilon), patiently)
      .toMatchObject([{ active: null }, { active: gamma.node.id }]);
  });

  it('takes a file at any member, each licence into its ledger, and none when one is refused', async () => {
    const [alpha, beta, gamma] = await startPairedNodes('Alpha', 'Beta', 'Gamma');
    const vendor = await makeVendor();
    await order(alpha, 'relationship.create', plan);
    await order(alpha, 'vendor.trust', { content: vendor.publicFile });
    for (const at of [beta, gamma]) await expectInSync(at);
    const content = await makeLicenseFile(vendor, free, strict);
    const { changes } = await order(beta, 'license.import', { content, fileName: 'both.lic' });
    expect(changes.map(({ id, kind }) => `${kind} ${id}`).sort()).toEqual([
      'new free',
      'new strict',
    ]);
    await expect
      .poll(() => ledgersAt(gamma), patiently)
      .toMatchObject([{ licenses: 1 }, { licenses: 1 }]);
    // The rule of a licence is not changed under the seats that are out.
    const flipped = await makeLicenseFile(vendor, { ...free, serial: 2, majorityRule: true });
    const file = { content: flipped, fileName: 'flipped.lic' };
    await expectRefused(gamma, 'license.import', file, 'LICENSE_OTHER_RULE');
    const older = [
      { ...free, units: 9 },
      { id: 'new', feature: 'new', ...{ majorityRule: true } },
    ];
    const half = await makeLicenseFile(vendor, ...older);
    await expectRefused(
      alpha,
      'license.import',
      { content: half, fileName: 'half.lic' },
      'LICENSE_SERIAL_REUSED',
    );
    const { licenses } = await order(alpha, 'license.list', {});
    expect(licenses.map(({ id }) => id).sort()).toEqual(['free', 'strict']);
  });

  it('grows, shrinks and is dissolved, and is not begun over seats that it would end', async () => {
    const [alpha, beta, gamma] = await startPairedNodes('Alpha', 'Beta', 'Gamma');
    await install(alpha, free, strict);
    const lease = await connect(alpha).checkout('i-1', 'strict');
    const two: AdminParams<'relationship.create'> = {
      kind: 'pool',
      name: 'floor-1',
      servers: ['Alpha', 'Beta'],
    };
    const { missing } = await order(alpha, 'relationship.check', two);
    expect(missing).toMatchObject([{ code: 'SEATS_OUT' }]);
    const { id } = (lease.body as { lease: { id: string } }).lease;
    await connect(alpha).send('DELETE', `/v1/leases/${id}`);
    await order(alpha, 'relationship.create', two);
    await order(beta, 'relationship.members', { change: 'add', server: 'Gamma' });
    await expectServedBy(alpha, gamma);
    await order(alpha, 'relationship.members', { change: 'remove', server: 'Beta' });
    await expect.poll(() => ledgersAt(beta), patiently).toEqual([]);
    await order(alpha, 'relationship.dissolve', {});
    await expect.poll(() => ledgersAt(gamma), patiently).toEqual([]);
    const { licenses } = await order(alpha, 'license.list', {});
    expect(licenses.map((license) => license.id).sort()).toEqual(['free', 'strict']);
    for (const feature of ['free', 'strict']) {
      expect((await connect(alpha).checkout('i-9', feature)).status).toBe(201);
    }
  });
});
