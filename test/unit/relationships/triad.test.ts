import { describe, expect, it } from 'vitest';
import { startTestNode, type TestNode } from '../../support/node.ts';
import {
  activeOf,
  expectRefused,
  expectServing,
  install,
  leaseOf,
  ledgerOf,
  order,
  pairNodes,
  patiently,
  restart,
  startPairedNodes,
  unhurried,
} from '../../support/related-nodes.ts';

const plan = {
  kind: 'triad',
  primary: 'Alpha',
  secondary: 'Beta',
  tertiary: 'Gamma',
} as const;

async function startTriad(): Promise<[TestNode, TestNode, TestNode]> {
  const nodes = await startPairedNodes('Alpha', 'Beta', 'Gamma');
  const [alpha] = nodes;
  await install(
    alpha,
    { redundancy: 'triad' },
    { id: 'pair', feature: 'pdm', redundancy: 'backup' },
  );
  await order(alpha, 'relationship.create', plan);
  await expectServing(alpha, alpha, ...nodes);
  return nodes;
}

function readinessOf(at: TestNode) {
  return at.node.admin.snapshot().readiness;
}

describe('a triad', unhurried, () => {
  it('is kept by three servers under the rule of a majority, and shown alike on each', async () => {
    const nodes = await startTriad();
    const [alpha, beta, gamma] = nodes;
    const ids = nodes.map(({ node }) => node.id);
    for (const at of nodes) {
      expect(ledgerOf(alpha, at)).toMatchObject({ rule: 'majority', members: ids, witness: null });
      const { relationship, licenses } = await order(at, 'relationship.show', {});
      expect(relationship).toMatchObject({ kind: 'triad', state: 'established', pending: null });
      const roles = relationship?.members.map(({ name, role }) => `${role} ${name}`);
      expect(roles).toEqual(['primary Alpha', 'secondary Beta', 'tertiary Gamma']);
      // A licence that is entitled to two servers does not run on three.
      expect(licenses.map(({ license, covered }) => [license, covered])).toEqual([
        ['acme-cad', true],
        ['pair', false],
      ]);
      await expect
        .poll(() => readinessOf(at), patiently)
        .toEqual({
          ready: true,
          reasons: [],
          together: [
            'If two servers of Alpha, Beta and Gamma fail at once, nobody serves the licences of Alpha.',
          ],
        });
    }
    expect(ledgerOf(beta)).toMatchObject({ rule: null, members: [beta.node.id] });
    const message = await expectRefused(
      gamma,
      'relationship.set',
      { settings: {}, policy: 'available' },
      'BAD_REQUEST',
    );
    expect(message).toContain('triad');
  });

  it('serves on with two, says that both are points of failure, and serves nobody alone', async () => {
    const [alpha, beta, gamma] = await startTriad();
    const lease = await leaseOf(alpha, 'i-1');
    await order(alpha, 'relationship.set', { settings: { reclaim: 'manual' } });
    await alpha.node.stop();
    await expect.poll(() => activeOf(alpha, beta), patiently).toBe(beta.node.id);
    const sentence = /two points of failure.*Beta or Gamma fails/;
    for (const at of [beta, gamma]) {
      await expect
        .poll(
          () =>
            readinessOf(at)
              .reasons.map(({ message }) => message)
              .join(),
          patiently,
        )
        .toMatch(sentence);
    }
    const preview = await order(beta, 'preview', { stop: 'Gamma' });
    // The licence that two servers at most may serve waits for Alpha all the while.
    const ends = { serves: [], stops: [{ feature: 'cad' }], unserved: [{ feature: 'pdm' }] };
    expect(preview).toMatchObject(ends);
    const again = await order(beta, 'preview', { stop: 'Alpha' });
    expect(again.serves).toMatchObject([{ server: { name: 'Beta' }, licenses: ['acme-cad'] }]);

    await gamma.node.stop();
    await expect.poll(() => activeOf(alpha, beta), patiently).toBeNull();
    const back = await restart(alpha);
    await expect.poll(() => activeOf(alpha, back), patiently).not.toBeNull();
    const { leases } = await order(back, 'lease.list', {});
    expect(leases.map(({ id }) => id)).toEqual([lease]);
  });

  it('is switched over to any of the three, drilled at each, and dissolved', async () => {
    const nodes = await startTriad();
    const [alpha, beta, gamma] = nodes;
    await order(beta, 'switchover', { to: 'Gamma' });
    await expectServing(alpha, gamma, ...nodes);
    await order(gamma, 'switchover', {});
    await expectServing(alpha, alpha, ...nodes);
    const { report } = await order(alpha, 'drill', {});
    expect(report).toMatchObject({ passed: true, problems: [] });
    expect(report.ledgers.map(({ out }) => out?.to.name)).toEqual(['Beta', 'Gamma']);
    await order(gamma, 'relationship.dissolve', {});
    for (const at of nodes) {
      await expect.poll(() => at.node.admin.snapshot().relationship, patiently).toBeNull();
    }
    expect(ledgerOf(alpha)).toMatchObject({ rule: null, members: [alpha.node.id] });
    expect(ledgerOf(alpha, gamma)).toBeUndefined();
  });
});

describe('a triad that is asked for', unhurried, () => {
  it('names the others to each admin, and goes on when all have agreed', async () => {
    const nodes: TestNode[] = [];
    for (const name of ['Alpha', 'Beta', 'Gamma']) {
      const node = await startTestNode();
      await order(node, 'settings.set', { name });
      for (const other of nodes) await pairNodes(other, node, 'nothing');
      nodes.push(node);
    }
    const [alpha, beta, gamma] = nodes as [TestNode, TestNode, TestNode];
    await install(alpha, { redundancy: 'triad' });
    // The admin of the secondary asks: of the primary its licences, and that for two.
    await expectRefused(beta, 'relationship.create', plan, 'CONSENT_NEEDED');
    const [asked] = (await order(alpha, 'relationship.requests', {})).requests;
    expect(asked).toMatchObject({ kind: 'triad', asks: ['share'], others: [{ name: 'Gamma' }] });
    await order(alpha, 'relationship.accept', { id: asked?.id ?? '' });
    // Beta's own order is the word of its admin; that of Gamma is still wanting.
    await expect
      .poll(() => gamma.node.admin.snapshot().requests, patiently)
      .toMatchObject([
        { from: { name: 'Alpha' }, owner: { name: 'Alpha' }, others: [{ name: 'Beta' }] },
      ]);
    await order(gamma, 'relationship.accept', { id: 'Alpha' });
    await expectServing(alpha, alpha, ...nodes);
  });
});
