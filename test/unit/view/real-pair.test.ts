import { describe, expect, it } from 'vitest';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type { LedgerStatus, NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { deriveAttention } from '../../../src-shared/view/attention.ts';
import { describeReadiness } from '../../../src-shared/view/describe-readiness.ts';
import { describeReturn } from '../../../src-shared/view/describe-return.ts';
import { groupEvents } from '../../../src-shared/view/group-events.ts';
import { findFailovers, nameServer } from '../../../src-shared/view/protection.ts';
import type { TestNode } from '../../support/node.ts';
import {
  expectConnected,
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
import { pairNodes, type PairScenario } from '../../support/renderer-harness/fixture-pair.ts';

// What is derived from snapshots is derived here from those of two real servers, and what the window is
// tested with is held against them.

const names = ['SRV-LIC-01', 'SRV-LIC-02'] as const;

async function startPair(): Promise<[TestNode, TestNode]> {
  const [main, standby] = await startPairedNodes(...names);
  await install(main, protectedLicense, { id: 'own', feature: 'own', redundancy: 'none' });
  await order(main, 'relationship.create', { kind: 'backup', main: names[0], backup: names[1] });
  const settings = { reclaimAfterMs: 60_000 };
  await order(main, 'relationship.set', { settings });
  await expectServing(main, main, main, standby);
  return [main, standby];
}

const snapshotOf = ({ node }: TestNode): NodeSnapshot => node.admin.snapshot();
const isReady = (at: TestNode) => snapshotOf(at).readiness.ready;
const titlesOf = (node: NodeSnapshot) => deriveAttention(node).map(({ title }) => title);

/** What of a snapshot depends on what the servers do, and not on who they are. */
function shapeOf(node: NodeSnapshot) {
  const name = (id: string | null) => id && nameServer(node, id);
  const ledgerShape = ({ active, here, synchronised, placed, members, reclaim }: LedgerStatus) => ({
    active: name(active),
    here,
    synchronised: synchronised.map(name).sort(),
    placed: name(placed),
    members: members.map(name),
    reclaims: reclaim && { to: name(reclaim.to), isLeft: reclaim.leftMs !== null },
  });
  const servedBy = (isCovered: boolean) => {
    const some = node.licenses.filter(
      ({ failover, validity }: LicenseDetail) =>
        failover.configured === isCovered && validity !== 'expired',
    );
    return [...new Set(some.map((license) => license.servedBy?.role ?? null))];
  };
  return {
    serving: node.serving.state,
    ledgers: node.ledgers.filter(({ members }) => members.length > 1).map(ledgerShape),
    members: node.relationship?.members.map(({ connected, synchronised, role }) => ({
      ...{ connected, synchronised, role },
    })),
    readiness: node.readiness,
    covered: servedBy(true),
    uncovered: servedBy(false),
  };
}

/** The server comes to show what the window is tested with in that state. */
async function expectShape(at: TestNode, scenario: PairScenario): Promise<void> {
  const expected = shapeOf(pairNodes[scenario]);
  await expect.poll(() => shapeOf(snapshotOf(at)), patiently).toEqual(expected);
}

describe('two servers', unhurried, () => {
  it('that are as they should be are what the window is tested with', async () => {
    const [main] = await startPair();
    await expect.poll(() => isReady(main), patiently).toBe(true);
    await expectShape(main, 'pair');
    expect(titlesOf(snapshotOf(main))).toEqual([]);
  });

  it('of which each protects the other, and of which the backup is gone', async () => {
    const [main, standby] = await startPair();
    await install(standby, { ...protectedLicense, id: 'plm', feature: 'plm' });
    await order(main, 'relationship.set', { mutual: true });
    await expectShape(main, 'mutual');
    await order(main, 'relationship.set', { mutual: false });
    await expectShape(main, 'pair');
    await standby.node.stop();
    await expectShape(main, 'disconnected');
  });

  it('with a witness, as the main and as the witness see it', async () => {
    const nodes = await startPairedNodes(...names, 'SRV-DC-03');
    const [main, standby, witness] = nodes;
    await install(main, protectedLicense, { id: 'own', feature: 'own', redundancy: 'none' });
    await order(main, 'relationship.create', {
      ...{ kind: 'backup', main: names[0], backup: names[1], policy: 'strict' },
      witness: witness.node.id,
    });
    await expectServing(main, main, main, standby);
    await expectShape(main, 'strict');
    await standby.node.stop();
    await expectShape(witness, 'witness');
  });

  it('after a switchover a failover would work: the main would take over again', async () => {
    const [main, standby] = await startPair();
    await order(main, 'switchover', {});
    await expectServing(main, standby, main, standby);
    for (const at of [main, standby]) {
      await expect.poll(() => isReady(at), patiently).toBe(true);
      const node = snapshotOf(at);
      expect(describeReadiness(node).title).toBe('A failover would work now');
      const preview = await order(at, 'preview', { stop: names[1] });
      expect(preview.serves[0]?.licenses).toEqual(['acme-cad', 'own']);
      expect(findFailovers(node)).toMatchObject([{ planned: true }]);
      expect(titlesOf(node)).toEqual(['own: not served', `${names[1]} serves for ${names[0]}`]);
    }
    await expectShape(main, 'switched-over');
  });

  it('of which one is gone and comes back: what is said, and that it is said once', async () => {
    const [main, standby] = await startPair();
    await expect.poll(() => isReady(standby), patiently).toBe(true);
    await main.node.stop();
    await expect
      .poll(() => describeReadiness(snapshotOf(standby)).title, patiently)
      .toBe(`No standby is left: ${names[0]} is down or cannot be reached`);
    await expectShape(standby, 'failover');
    expect(titlesOf(snapshotOf(standby))).toEqual([
      // In this process a server can only be stopped in an orderly way.
      `${names[0]} was stopped`,
      'own: not served',
    ]);

    const back = await restart(main);
    await expectConnected(back, standby);
    await expectServing(back, standby, standby, back);
    const left = () => ledgerOf(back, standby)?.reclaim?.leftMs ?? null;
    await expect.poll(left, patiently).not.toBeNull();
    const [failover] = findFailovers(snapshotOf(standby));
    expect(failover && describeReturn(snapshotOf(standby), failover)).toMatch(
      /^SRV-LIC-01 takes its licences back in (1 minute|\d\d seconds)\. To do it at once, fail back\.$/,
    );
    // The server that is back counts down as well, and for as long as it waits.
    const here = () => {
      const [own] = findFailovers(snapshotOf(back));
      return own && describeReturn(snapshotOf(back), own);
    };
    await expect
      .poll(here, patiently)
      .toMatch(/takes its licences back in (1 minute|\d\d seconds)/);
    await expectShape(back, 'returned');
    const leftHere = () => ledgerOf(back)?.reclaim?.leftMs ?? Infinity;
    const first = leftHere();
    await expect.poll(leftHere, patiently).toBeLessThan(first - 1_000);
    expect(Math.abs(leftHere() - (left() ?? 0))).toBeLessThan(2_000);
    await expect.poll(() => isReady(standby), patiently).toBe(true);

    await order(standby, 'failback', {});
    await expectServing(back, back, back, standby);
    await expect.poll(() => isReady(standby), patiently).toBe(true);
    const { events } = await order(standby, 'events.list', {});
    const isAbout = /^(serving|failover|sync|readiness|serverD)/;
    const heads = groupEvents(events).filter(({ head }) => isAbout.test(head.kind));
    expect(heads.filter(({ head }) => head.severity !== 'info')).toMatchObject([
      { head: { kind: 'failoverBegan' } },
    ]);
    expect(titlesOf(snapshotOf(standby))).toEqual([]);
  });
});
