import { describe, expect, it } from 'vitest';
import { membersBeyond } from '../../src-main/node/core/replica/beyond.ts';
import type { LicenseGrant } from '../../src-shared/model/license.ts';
import { makeVerified } from '../support/core-host.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';
import { crash, restart } from './outages.ts';
import { memberOf, startCluster } from './started-cluster.ts';
import { ask, vendor } from './taken-order.ts';

// Where a majority decides, two of three servers that were put back decide without what the third one has.

const importLicense = (cluster: Cluster, at: Member, grant: Partial<LicenseGrant>) => {
  const licenses = [makeVerified({ feature: 'cad', redundancy: 'pool', units: 4, ...grant })];
  ask(cluster, at, { type: 'licensesImported', licenses, fileName: 'f', dryRun: false });
};

const leaseIds = {
  early: '00000000-0000-4000-8000-000000000001',
  late: '00000000-0000-4000-8000-000000000002',
};

const takeSeat = (cluster: Cluster, at: Member, name: keyof typeof leaseIds) =>
  ask(cluster, at, {
    type: 'checkoutRequested',
    leaseId: leaseIds[name],
    request: { feature: 'cad', units: 1, client: { instance: name, user: name, host: 'h' } },
  });

interface Stage {
  cluster: Cluster;
  a: Member;
  b: Member;
  c: Member;
  /** Puts B and C back to the time before A's last changes. */
  putBack: (...members: Member[]) => void;
  said: string[];
}

/** A has granted, taken back and installed something that all of them confirmed; then all are killed. */
function start({ crashA = true } = {}): Stage {
  const said: string[] = [];
  const cluster = startCluster(
    { members: ['A', 'B', 'C'], witness: null, rule: 'majority' },
    { takeoverAfterMs: 1_000, reclaimAfterMs: 3_000 },
    (id, message) => {
      if (message.includes('written down here before')) said.push(`${id}: ${message}`);
    },
  );
  const [a, b, c] = ['A', 'B', 'C'].map((id) => memberOf(cluster, id)) as [Member, Member, Member];
  ask(cluster, a, { type: 'vendorTrusted', vendor });
  importLicense(cluster, a, { serial: 3 });
  takeSeat(cluster, a, 'early');
  cluster.runFor(500);
  const copies = new Map([b, c].map((member) => [member.id, member.copyDisk()]));
  takeSeat(cluster, a, 'late');
  ask(cluster, a, { type: 'returnRequested', leaseId: leaseIds.early });
  importLicense(cluster, a, { serial: 4, units: 9 });
  cluster.runFor(500);
  for (const { id } of crashA ? [a, b, c] : []) crash(cluster, id, 'gone');
  const putBack = (...members: Member[]) => {
    for (const member of members) {
      if (member.isUp) crash(cluster, member.id, 'gone');
      cluster.replaceDisk(member, copies.get(member.id)?.copy() ?? null);
      restart(cluster, member.id);
    }
  };
  return { cluster, a, b, c, putBack, said };
}

/** What A, which is whole, finds by the starts of the others, as they do. */
function notice({ a, b, c }: Stage): void {
  for (const member of [b, c]) member.step({ type: 'putBackNoticed' });
  a.step({ type: 'forgottenElsewhere' });
}

const serialAt = ({ state }: Member) =>
  state?.ledger.licenses.get('lic-cad')?.versions.at(-1)?.grant.serial;

const gone =
  'licence lic-cad as serial 4, 9 seats (before: serial 3, 4 seats), the grant of 1 seat (lic-cad by late on h), ' +
  'the return of 1 seat (lic-cad by early on h)';

const sayingOf = (at: string, winner: string, were: string) =>
  `${at}: SRV-${winner} serves without changes that were written down here before: servers were put back from ` +
  `copies, or went on without data that they had lost, and what SRV-${winner} has counts now. Gone is, though ` +
  `clients and admins ${were} told of it: ${gone}. Look whether something has to be done again.`;

/** B and C serve from their copies, until A is back and they hear what they are. */
function serveFromCopies(stage: Stage): void {
  const { cluster, b, c } = stage;
  stage.putBack(b, c);
  expect(cluster.runUntil(() => b.isActive || c.isActive, 20_000)).toBe(true);
  cluster.runFor(1_000);
  restart(cluster, 'A');
  notice(stage);
  cluster.runFor(5_000);
  expect([stage.a, b, c].some(({ isActive }) => isActive)).toBe(false);
}

const accept = (member: Member) => member.step({ type: 'lossAccepted' });

const convergence = (cluster: Cluster) =>
  cluster.runUntil(() => cluster.checks.convergence.isOne(), 30_000);

describe('a server that is whole, of three of which two were put back', () => {
  it('says what it drops for those that served without it', () => {
    const stage = start();
    const { cluster, a, b, c, said } = stage;
    serveFromCopies(stage);
    expect(b.state && membersBeyond(b.state)).toEqual([{ id: 'A', goesFirst: false }]);
    accept(b);
    expect(convergence(cluster)).toBe(true);
    expect([a, b, c].map(serialAt)).toEqual([3, 3, 3]);
    expect(said).toEqual([sayingOf('A', 'B', 'may have been')]);
  });

  it('says it as soon as it hears why it had to', () => {
    const stage = start();
    const { cluster, a, b, c, said } = stage;
    stage.putBack(b, c);
    expect(cluster.runUntil(() => b.isActive, 20_000)).toBe(true);
    restart(cluster, 'A');
    cluster.runFor(5_000);
    expect([serialAt(a), said]).toEqual([3, []]);
    notice(stage);
    expect(said).toEqual([sayingOf('A', 'B', 'may have been')]);
    notice(stage);
    expect([said.length, c.isUp]).toEqual([1, true]);
  });

  it('says it for sure of what it knows to have been committed', () => {
    const stage = start({ crashA: false });
    const { cluster, a, b, said } = stage;
    const { cut } = cluster.network.weather;
    for (const id of ['B', 'C']) cut.add(`A>${id}`).add(`${id}>A`);
    stage.putBack(b, stage.c);
    expect(cluster.runUntil(() => b.isActive, 20_000)).toBe(true);
    cut.clear();
    expect(cluster.runUntil(() => serialAt(a) === 3, 20_000)).toBe(true);
    expect(said).toEqual([sayingOf('A', 'B', 'were')]);
  });

  it('has its changes kept where nobody served without them', () => {
    const stage = start();
    const { cluster, a, b, c, putBack, said } = stage;
    restart(cluster, 'A');
    putBack(b, c);
    notice(stage);
    cluster.runFor(3_000);
    expect(b.state && membersBeyond(b.state)).toEqual([{ id: 'A', goesFirst: true }]);
    accept(b);
    expect(convergence(cluster)).toBe(true);
    expect([a, b, c].map(serialAt)).toEqual([4, 4, 4]);
    expect([said, cluster.violations]).toEqual([[], []]);
  });

  it('has them kept where one of the others is put back once more', () => {
    const stage = start();
    const { cluster, a, b, c, said } = stage;
    serveFromCopies(stage);
    stage.putBack(b);
    b.step({ type: 'putBackNoticed' });
    cluster.runFor(3_000);
    expect(b.state && membersBeyond(b.state)).toContainEqual({ id: 'A', goesFirst: true });
    accept(b);
    expect(convergence(cluster)).toBe(true);
    expect([a, b, c].map(serialAt)).toEqual([4, 4, 4]);
    expect(said).toEqual([]);
  });
});

describe('a server that was killed with an entry on its way', () => {
  it('says nothing of what nobody had confirmed', () => {
    const { cluster, a, said } = start({ crashA: false });
    const { cut } = cluster.network.weather;
    for (const id of ['B', 'C']) cut.add(`A>${id}`).add(`${id}>A`);
    const licenses = [makeVerified({ feature: 'cad', redundancy: 'pool', serial: 5 })];
    const request = { type: 'licensesImported', licenses, fileName: 'f', dryRun: false } as const;
    cluster.request('A', request, () => undefined);
    cluster.runFor(200);
    expect(serialAt(a)).toBe(5);
    crash(cluster, 'A', 'gone');
    cluster.runFor(3_000);
    cut.clear();
    restart(cluster, 'A');
    expect(convergence(cluster)).toBe(true);
    expect([serialAt(a), said, cluster.violations]).toEqual([4, [], []]);
  });
});
