import { describe, expect, it } from 'vitest';
import { startTestNode, type TestNode } from '../../support/node.ts';
import {
  activeOf,
  connect,
  expectRefused,
  expectServing,
  install,
  leaseOf,
  ledgerOf,
  order,
  pairNodes,
  patiently,
  restart,
  unhurried,
} from '../../support/related-nodes.ts';

const protectedBy = (hub: TestNode, main: TestNode) =>
  ({ kind: 'backup', main: main.node.id, backup: hub.node.id }) as const;

/** Alpha and Gamma, which know nothing of each other, each protected by the Hub. */
async function startHub(): Promise<[TestNode, TestNode, TestNode]> {
  const [hub, alpha, gamma] = await startStar();
  for (const main of [alpha, gamma]) {
    await order(main, 'relationship.create', protectedBy(hub, main));
    await expectServing(main, main, main, hub);
  }
  return [hub, alpha, gamma];
}

/** The Hub is paired with the two others. */
async function startStar(): Promise<[TestNode, TestNode, TestNode]> {
  const nodes: TestNode[] = [];
  for (const name of ['Hub', 'Alpha', 'Gamma']) {
    const node = await startTestNode();
    await order(node, 'settings.set', { name });
    nodes.push(node);
  }
  const [hub, alpha, gamma] = nodes as [TestNode, TestNode, TestNode];
  for (const [main, name] of [
    [alpha, 'alpha'],
    [gamma, 'gamma'],
  ] as const) {
    await pairNodes(hub, main);
    await install(main, { id: name, feature: name, units: 2, redundancy: 'backup' });
  }
  return [hub, alpha, gamma];
}

const snapshotOf = ({ node }: TestNode) => node.admin.snapshot();

describe('a backup of several mains', unhurried, () => {
  it('serves the licences of both when both are gone, each with its own seats, until they are back', async () => {
    const [hub, alpha, gamma] = await startHub();
    const leases = [await leaseOf(alpha, 'i-1', 'alpha'), await leaseOf(gamma, 'i-1', 'gamma')];
    for (const main of [alpha, gamma]) {
      await order(main, 'relationship.set', { settings: { reclaimAfterMs: 0 } });
      await main.node.stop();
      await expect.poll(() => activeOf(main, hub), patiently).toBe(hub.node.id);
    }
    for (const lease of leases) {
      expect((await connect(hub).send('POST', `/v1/leases/${lease}/renew`)).status).toBe(200);
    }
    for (const feature of ['alpha', 'gamma']) {
      await leaseOf(hub, 'i-2', feature);
      expect((await connect(hub).checkout('i-3', feature)).status).toBe(409);
    }
    for (const main of [alpha, gamma]) {
      const back = await restart(main);
      await expectServing(back, back, back, hub);
    }
  });

  it('is seen by the backup as two relationships, and says what the loss of both means', async () => {
    const [hub, alpha, gamma] = await startHub();
    const { relationships, readiness } = snapshotOf(hub);
    expect(relationships.map(({ members }) => members.map(({ name }) => name)).sort()).toEqual([
      ['Alpha', 'Hub'],
      ['Gamma', 'Hub'],
    ]);
    expect(relationships.map(({ readiness: { ready } }) => ready)).toEqual([true, true]);
    expect(readiness).toMatchObject({ ready: true, reasons: [] });
    expect(readiness.together[0]).toMatch(
      /^Hub stands in for (Alpha and Gamma|Gamma and Alpha): if both/,
    );
    expect(snapshotOf(alpha)).toMatchObject({ relationships: [{ kind: 'backup' }] });

    const both = await order(hub, 'preview', { stop: 'Alpha', also: ['Gamma'] });
    expect(both.serves).toMatchObject([{ server: { name: 'Hub' }, seats: 0 }]);
    expect(both.serves[0]?.licenses.toSorted()).toEqual(['alpha', 'gamma']);
    const all = await order(hub, 'preview', { stop: 'Hub', also: ['Alpha'] });
    expect(all.stops).toMatchObject([
      { license: 'alpha', reason: 'Every server that keeps it would be lost.' },
    ]);
    expect(all.serves).toMatchObject([{ server: { name: 'Gamma' }, licenses: ['gamma'] }]);

    await gamma.node.stop();
    await expect.poll(() => snapshotOf(hub).readiness.ready, patiently).toBe(false);
    const ready = snapshotOf(hub).relationships.map(({ members: [main], readiness: { ready } }) => [
      main?.name,
      ready,
    ]);
    expect(ready.sort()).toEqual([
      ['Alpha', true],
      ['Gamma', false],
    ]);
  });

  it('says which one an order is about, and dissolves one without the other', async () => {
    const [hub, alpha, gamma] = await startHub();
    const message = await expectRefused(hub, 'relationship.dissolve', {}, 'RELATIONSHIP_UNCLEAR');
    expect(message).toMatch(
      /2 relationships: the backup of .*Alpha and Hub.* --relationship NAME$/,
    );
    await expectRefused(
      hub,
      'relationship.dissolve',
      { relationship: 'Nobody' },
      'NO_RELATIONSHIP',
    );
    const change = { settings: { takeoverAfterMs: 2_000 }, relationship: 'Gamma' };
    await order(hub, 'relationship.set', change);
    const timeOf = (at: TestNode) => snapshotOf(at).relationship?.settings.takeoverAfterMs;
    await expect.poll(() => timeOf(gamma), patiently).toBe(2_000);
    expect(timeOf(alpha)).toBe(3_000);
    const shown = await order(hub, 'relationship.show', { relationship: 'Gamma' });
    expect(shown.licenses.map(({ license }) => license)).toEqual(['gamma']);

    await order(hub, 'relationship.dissolve', { relationship: 'Gamma' });
    await expect.poll(() => snapshotOf(gamma).relationships, patiently).toEqual([]);
    expect(snapshotOf(hub).relationships).toHaveLength(1);
    await expectServing(alpha, alpha, alpha, hub);
    expect(ledgerOf(gamma)).toMatchObject({ rule: null, here: 'active' });
    // It can be set up again, since the others stayed paired, when an admin says so anew.
    await order(hub, 'relationship.create', protectedBy(hub, gamma)).catch(() => undefined);
    await order(gamma, 'relationship.create', protectedBy(hub, gamma)).catch(() => undefined);
    await expectServing(gamma, gamma, gamma, hub);
  });

  it('is drilled and switched over for all, or for one of them', async () => {
    const [hub, alpha, gamma] = await startHub();
    await expect.poll(() => snapshotOf(hub).readiness.ready, patiently).toBe(true);
    const { report } = await order(hub, 'drill', {});
    expect(report).toMatchObject({ passed: true, problems: [] });
    expect(report.ledgers.map(({ out }) => out?.to.name)).toEqual(['Hub', 'Hub']);

    await order(hub, 'switchover', { relationship: 'Alpha' });
    await expectServing(alpha, hub, alpha, hub);
    await expectServing(gamma, gamma, gamma, hub);
    await order(hub, 'switchover', { to: 'Hub' });
    await expectServing(gamma, hub, gamma, hub);
    const { moves } = await order(hub, 'failback', {});
    expect(moves).toHaveLength(2);
    for (const main of [alpha, gamma]) await expectServing(main, main, main, hub);
  });

  it('can be protected itself, and no server is in a triad or a pool beside', async () => {
    const [hub, alpha, gamma] = await startStar();
    await order(alpha, 'relationship.create', protectedBy(hub, alpha));
    await install(hub, { id: 'hub', feature: 'hub', redundancy: 'backup' });
    await order(hub, 'relationship.create', protectedBy(gamma, hub));
    await expectServing(hub, hub, hub, gamma);
    await expectServing(alpha, alpha, alpha, hub);
    const own = snapshotOf(hub).relationship?.members.map(({ name }) => name);
    expect(own).toEqual(['Hub', 'Gamma']);

    await pairNodes(alpha, gamma);
    const again = protectedBy(alpha, hub);
    const twice = await expectRefused(hub, 'relationship.create', again, 'RELATIONSHIP_EXISTS');
    expect(twice).toContain('with each other already');
    const others = { secondary: hub.node.id, tertiary: gamma.node.id };
    const triad = { kind: 'triad', primary: alpha.node.id, ...others } as const;
    const whole = await expectRefused(alpha, 'relationship.create', triad, 'RELATIONSHIP_EXISTS');
    expect(whole).toContain('a triad has its servers to itself');
  });
});
