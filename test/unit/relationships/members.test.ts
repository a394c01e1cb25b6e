import { describe, expect, it } from 'vitest';
import type { AdminErrorCode } from '../../../src-shared/contract/admin-error.ts';
import type { MemberChange } from '../../../src-shared/contract/relationship-plan.ts';
import type { TestNode } from '../../support/node.ts';
import {
  ask,
  expectRefused,
  expectServing,
  install,
  leaseOf,
  ledgerOf,
  order,
  patiently,
  restart,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

const triad = { kind: 'triad', primary: 'Alpha', secondary: 'Beta', tertiary: 'Gamma' } as const;

type Nodes = [TestNode, TestNode, TestNode, TestNode];

async function startFour(): Promise<Nodes> {
  const nodes = (await startPairedNodes('Alpha', 'Beta', 'Gamma', 'Delta')) as TestNode[] as Nodes;
  await install(nodes[0], { redundancy: 'triad' });
  return nodes;
}

async function leasesAt(at: TestNode): Promise<string[]> {
  return (await order(at, 'lease.list', {})).leases.map(({ id }) => id);
}

/** How a server sees the relationship: kind and names in order, when it is as it should be. */
function shapeAt({ node }: TestNode): string {
  const { relationship } = node.admin.snapshot();
  if (!relationship) return 'none';
  const { kind, members, state } = relationship;
  return `${kind} ${members.map(({ name }) => name).join(' ')} ${state}`;
}

async function expectShape(shape: string, ...nodes: TestNode[]): Promise<void> {
  await expect.poll(() => nodes.map(shapeAt), patiently).toEqual(nodes.map(() => shape));
}

describe('members of a relationship', unhurried, () => {
  it('come and go: a single server, a backup, a triad and back, with the same lease', async () => {
    const [alpha, beta, gamma] = await startFour();
    const lease = await leaseOf(alpha, 'i-1');
    await order(alpha, 'relationship.create', { kind: 'backup', main: 'Alpha', backup: 'Beta' });
    await order(alpha, 'relationship.members', { change: 'add', server: 'Gamma' });
    await expectShape('triad Alpha Beta Gamma established', alpha, beta, gamma);
    expect(ledgerOf(alpha, gamma)).toMatchObject({ rule: 'majority' });
    await expectServing(alpha, alpha, alpha, beta, gamma);
    expect(await leasesAt(gamma)).toEqual([lease]);
    // By an admin of another member.
    const left = await order(gamma, 'relationship.members', { change: 'remove', server: 'Beta' });
    // Gamma, which is let go for a moment since the rule is another one, is a member still.
    expect(left).toMatchObject({ relationship: { state: 'established' } });
    await expectShape('backup Alpha Gamma established', alpha, gamma);
    await expectShape('none', beta);
    expect(ledgerOf(alpha, beta)).toBeUndefined();
    expect(ledgerOf(alpha)).toMatchObject({ rule: 'continuity' });
    await order(alpha, 'relationship.dissolve', {});
    await expectShape('none', alpha, gamma);
    expect(await leasesAt(alpha)).toEqual([lease]);
  });

  it('take themselves out, whether they serve or not', async () => {
    const [alpha, beta, gamma] = await startFour();
    await order(alpha, 'relationship.create', triad);
    const lease = await leaseOf(alpha, 'i-1');
    const change = { change: 'remove', server: 'Gamma' } as const;
    expect(await order(gamma, 'relationship.members', change)).toEqual({ relationship: null });
    await expectShape('none', gamma);
    await expectShape('backup Alpha Beta established', alpha, beta);
    await expect.poll(() => leasesAt(beta), patiently).toEqual([lease]);
  });

  it('are replaced, dead or alive, the primary too, and the new one takes the same place', async () => {
    const [alpha, beta, gamma, delta] = await startFour();
    await order(alpha, 'relationship.create', triad);
    await order(alpha, 'relationship.set', { settings: { reclaimAfterMs: 0 } });
    const lease = await leaseOf(alpha, 'i-1');
    await gamma.node.stop();
    const change = { change: 'replace', server: 'Gamma', by: 'Delta' } as const;
    const { relationship } = await order(beta, 'relationship.members', change);
    expect(relationship).toMatchObject({ state: 'established' });
    await expectShape('triad Alpha Beta Delta established', alpha, beta, delta);
    await expectServing(alpha, alpha, alpha, beta, delta);
    expect(await leasesAt(delta)).toEqual([lease]);
    // It comes back, is told, and takes the place of the primary, which is alive and serves.
    const back = await restart(gamma);
    await expectShape('none', back);
    await order(alpha, 'relationship.members', { change: 'replace', server: 'Alpha', by: 'Gamma' });
    await expectShape('triad Gamma Beta Delta established', back, beta, delta);
    await expectShape('none', alpha);
    expect(await leasesAt(back)).toEqual([lease]);
    expect(ledgerOf(alpha)).toMatchObject({ rule: null, licenses: 0, here: 'active' });
    const shared = back.node.admin.snapshot().ledgers.filter(({ rule }) => rule !== null);
    expect(shared).toMatchObject([{ active: back.node.id }]);
    // Alpha can go on as a server of its own.
    await install(alpha, { id: 'own', feature: 'own' });
  });

  it('take another order, and main and backup are swapped', async () => {
    const [alpha, beta] = await startFour();
    await order(alpha, 'relationship.create', { kind: 'backup', main: 'Alpha', backup: 'Beta' });
    await order(alpha, 'relationship.set', { settings: { reclaimAfterMs: 0 } });
    const lease = await leaseOf(alpha, 'i-1');
    const swapped: MemberChange = { change: 'order', servers: ['Beta', 'Alpha'] };
    await expectRefused(beta, 'relationship.members', swapped, 'BAD_REQUEST');
    await order(alpha, 'relationship.members', swapped);
    await expectShape('backup Beta Alpha established', alpha, beta);
    const sharedAt = (at: TestNode) =>
      at.node.admin.snapshot().ledgers.find(({ members }) => members.length === 2);
    await expect.poll(() => sharedAt(alpha)?.active, patiently).toBe(beta.node.id);
    expect(await leasesAt(alpha)).toEqual([lease]);
    const again = await restart(alpha);
    await expectShape('backup Beta Alpha established', again, beta);
    expect(ledgerOf(alpha, again)).toMatchObject({ rule: null });
  });

  it('say what cannot be, and change nothing', async () => {
    const [alpha, beta, gamma] = await startFour();
    await order(alpha, 'relationship.create', {
      ...{ kind: 'backup', main: 'Alpha', backup: 'Beta', mutual: true },
    });
    const oneSided: MemberChange[] = [
      { change: 'add', server: 'Gamma' },
      { change: 'order', servers: ['Beta', 'Alpha'] },
    ];
    for (const change of oneSided) {
      const message = await expectRefused(alpha, 'relationship.members', change, 'BAD_REQUEST');
      expect(message).toContain('mutual=false');
    }
    await order(alpha, 'relationship.set', { settings: {}, mutual: false });
    const refused: [MemberChange, AdminErrorCode][] = [
      [{ change: 'add', server: 'Beta' }, 'BAD_REQUEST'],
      [{ change: 'add', server: 'Nobody' }, 'NO_SUCH_SERVER'],
      [{ change: 'remove', server: 'Beta' }, 'BAD_REQUEST'],
      [{ change: 'remove', server: 'Gamma' }, 'NO_SUCH_SERVER'],
      [{ change: 'order', servers: ['Beta', 'Beta'] }, 'BAD_REQUEST'],
      [{ change: 'replace', server: 'Beta', by: 'Alpha' }, 'BAD_REQUEST'],
    ];
    for (const [change, code] of refused) {
      await expectRefused(alpha, 'relationship.members', change, code);
    }
    const answer = await ask(gamma, 'relationship.members', { change: 'remove', server: 'Beta' });
    expect(answer).toMatchObject({ ok: false, code: 'NO_RELATIONSHIP' });
    await expectShape('backup Alpha Beta established', alpha, beta);
  });
});
