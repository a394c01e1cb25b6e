import { describe, expect, it } from 'vitest';
import type { LicenseGrant } from '../../src-shared/model/license.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { makeVerified } from '../support/core-host.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';
import { crash, restart } from './outages.ts';
import { memberOf, startCluster } from './started-cluster.ts';
import { ask, vendor } from './taken-order.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };
const three: Membership = { members: ['A', 'B', 'C'], witness: null, rule: 'continuity' };

type Order = (cluster: Cluster, at: Member) => void;

const imported =
  (grant: Partial<LicenseGrant>): Order =>
  (cluster, at) => {
    const licenses = [makeVerified({ feature: 'cad', redundancy: 'pool', ...grant })];
    ask(cluster, at, { type: 'licensesImported', licenses, fileName: 'f', dryRun: false });
  };

const removed: Order = (cluster, at) =>
  ask(cluster, at, { type: 'removalRequested', licenseId: 'lic-cad' });

const rolledBack: Order = (cluster, at) =>
  ask(cluster, at, { type: 'rollbackRequested', licenseId: 'lic-cad' });

const takeoverAfter =
  (ms: number): Order =>
  (cluster, at) => {
    const { config } = at.state?.ledger ?? {};
    if (!config) throw new Error('the server is stopped');
    const settings = { ...config.settings, takeoverAfterMs: ms };
    cluster.order(at, { ...config, version: config.version + 1, settings });
    cluster.runFor(200);
  };

/** One server at a time, and what an admin orders there; the others join the last one. Returns what is said. */
function changeApart(
  orders: Readonly<Record<string, readonly Order[]>>,
  membership = pair,
): { said: string[]; cluster: Cluster } {
  const cluster = startCluster(membership, { takeoverAfterMs: 1_000, coldStartWaitMs: 1_000 });
  ask(cluster, memberOf(cluster, 'A'), { type: 'vendorTrusted', vendor });
  imported({ serial: 3 })(cluster, memberOf(cluster, 'A'));
  cluster.runFor(500);
  const everybody = [...membership.members];
  for (const id of everybody) crash(cluster, id, 'gone');
  const last = Object.keys(orders).at(-1) ?? '';
  for (const [ids, given] of Object.entries(orders)) {
    const up = ids.split('').map((id) => memberOf(cluster, id));
    for (const { id } of up) restart(cluster, id);
    const serving = () => up.find(({ isActive }) => isActive);
    expect(cluster.runUntil(() => serving() !== undefined, 30_000)).toBe(true);
    cluster.runFor(1_000);
    for (const order of given) order(cluster, serving() ?? memberOf(cluster, 'A'));
    cluster.runFor(500);
    if (ids === last) break;
    for (const { id } of up) crash(cluster, id, 'gone');
  }
  for (const id of everybody) if (!last.includes(id)) restart(cluster, id);
  expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 30_000)).toBe(true);
  cluster.runFor(3_000);
  const at = everybody.map((id) => saidAt(memberOf(cluster, id)));
  for (const said of at) expect(said).toEqual(at[0]);
  return { said: at[0] ?? [], cluster };
}

function saidAt({ store }: Member): string[] {
  return (store?.history.events ?? [])
    .map(({ message }) => message)
    .filter((message) => message.includes('could not see each other'));
}

const kept = (at: string, what: string, there: string, lost: string) =>
  `Licence lic-cad was changed at SRV-${at} (${what}) and at SRV-${there} (${lost}) while they could not see ` +
  `each other. What SRV-${at} has is kept, what SRV-${there} had is gone; look whether that is right.`;

describe('of two changes that admins made apart, the one that is gone is said once', () => {
  const lower = imported({ serial: 4, units: 4 });
  const higher = imported({ serial: 5, units: 5 });

  it('whichever server wins', () => {
    const won = 'serial 5, 5 seats';
    const lost = 'serial 4, 4 seats';
    expect(changeApart({ A: [lower], B: [higher] }).said).toEqual([kept('B', won, 'A', lost)]);
    expect(changeApart({ A: [higher], B: [lower] }).said).toEqual([kept('A', won, 'B', lost)]);
  });

  it('when one was changed more often since: the later serial is kept', () => {
    const often = [lower, higher, imported({ serial: 6, units: 6 })];
    const once = imported({ serial: 7, units: 7 });
    const won = 'serial 7, 7 seats';
    const lost = 'serial 6, 6 seats';
    expect(changeApart({ A: [once], B: often }).said).toEqual([kept('A', won, 'B', lost)]);
    expect(changeApart({ A: often, B: [once] }).said).toEqual([kept('B', won, 'A', lost)]);
  });

  it('when the other one removed the licence, and imported an older file of it', () => {
    const again = [removed, imported({ serial: 2, units: 2 })];
    const won = 'serial 4, 4 seats';
    const lost = 'serial 2, 2 seats';
    expect(changeApart({ A: [lower], B: again }).said).toEqual([kept('A', won, 'B', lost)]);
    expect(changeApart({ A: again, B: [lower] }).said).toEqual([kept('B', won, 'A', lost)]);
  });

  it.each([
    ['removed', [removed], 'removed'],
    ['removed and imported', [removed, imported({ serial: 2, units: 2 })], 'serial 2, 2 seats'],
    ['rolled back', [rolledBack, rolledBack, rolledBack], 'serial 1, 2 seats'],
  ])('when the vendor has revoked the licence, which was %s elsewhere', (_, orders, lost) => {
    const revoked = imported({ serial: 4, revoked: '2026-01-01T00:00:00Z' });
    const won = 'serial 4, revoked';
    const { said, cluster } = changeApart({ A: [revoked], B: orders });
    expect(said).toEqual([kept('A', won, 'B', lost)]);
    expect(changeApart({ A: orders, B: [revoked] }).said).toEqual([kept('B', won, 'A', lost)]);
    for (const id of pair.members) {
      const { state } = memberOf(cluster, id);
      const version = state?.ledger.licenses.get('lic-cad')?.versions.at(-1);
      expect(version?.grant).toMatchObject({ serial: 4, revoked: expect.any(String) as string });
    }
  });

  it('when one is a removal', () => {
    const won = 'serial 1, 2 seats';
    const said = [kept('A', won, 'B', 'removed')];
    expect(changeApart({ A: [rolledBack], B: [removed] }).said).toEqual(said);
    expect(changeApart({ B: [removed], A: [rolledBack] }).said).toEqual(said);
  });

  it('when several bring it', () => {
    const won = 'serial 5, 5 seats';
    const lost = 'serial 4, 4 seats';
    expect(changeApart({ A: [higher], BC: [lower] }, three).said).toEqual([
      kept('A', won, 'B', lost),
    ]);
  });

  it('when it is a setting', () => {
    const said = (at: string, won: number, there: string, lost: number) =>
      `The relationship was changed at SRV-${at} (takeoverAfterMs=${won}) and at SRV-${there} ` +
      `(takeoverAfterMs=${lost}) while they could not see each other. What SRV-${at} has is kept, what ` +
      `SRV-${there} had is gone; look whether that is right.`;
    const { said: all } = changeApart({ A: [takeoverAfter(1_500)], B: [takeoverAfter(2_000)] });
    expect([said('A', 1_500, 'B', 2_000), said('B', 2_000, 'A', 1_500)]).toContain(all[0]);
    expect(all).toHaveLength(1);
  });
});

describe('nothing is said', () => {
  it('when both admins installed the same file', () => {
    const same = imported({ serial: 4, units: 4 });
    expect(changeApart({ A: [same], B: [same] }).said).toEqual([]);
  });

  it('when a server that was away has what the others went on from', () => {
    const on = [removed, imported({ serial: 2 }), imported({ serial: 8 }), rolledBack];
    expect(changeApart({ A: on, B: [] }).said).toEqual([]);
    expect(changeApart({ B: on, A: [] }).said).toEqual([]);
  });
});
