import { describe, expect, it } from 'vitest';
import { leaseIdOf } from '../../src-main/node/core/rows/lease-id.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { synchronisedMembers } from '../../src-main/node/core/replica/sync-set.ts';
import type { Cluster } from './cluster.ts';
import { crash, restart } from './outages.ts';
import type { Answer, Member } from './member.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };

const client = { instance: 'i', user: 'u', host: 'h' };

function start(): { cluster: Cluster; a: Member; b: Member } {
  const cluster = startCluster(pair, {
    takeoverAfterMs: 1_000,
    coldStartWaitMs: 2_000,
    reclaim: 'manual',
  });
  const member = (id: string) => memberOf(cluster, id);
  return { cluster, a: member('A'), b: member('B') };
}

const seat = (request: number) => leaseIdOf(client, request, 'lic-cad');

function checkOut(cluster: Cluster, server: string, request: number): Answer | null {
  let answered: Answer | null | undefined;
  const asked = { feature: 'cad', units: 1, client, request };
  const leaseId = `lease-${1_000 + request}`;
  cluster.request(server, { type: 'checkoutRequested', leaseId, request: asked }, (answer) => {
    answered = answer;
  });
  cluster.runUntil(() => answered !== undefined, 2_000);
  return answered ?? null;
}

/**
 * A grants the seat of request 1 on its disk alone, and is killed before anybody hears of it; the client
 * gives that up and gets a seat of B by request 2.
 */
function grantOnBothSides(cluster: Cluster, a: Member, b: Member): void {
  cluster.network.weather.cut.add('A>B').add('B>A');
  a.step({
    type: 'requestsReceived',
    requests: [
      {
        type: 'checkoutRequested',
        requestId: 1_000_000,
        leaseId: 'lease-1001',
        request: { feature: 'cad', units: 1, client, request: 1 },
      },
    ],
  });
  cluster.runUntil(() => a.store?.rows.has(`lease ${seat(1)}`) === true, 200);
  expect([...(a.state?.ledger.leases.keys() ?? [])]).toEqual([seat(1)]);
  crash(cluster, 'A', null);
  cluster.network.weather.cut.clear();
  expect(cluster.runUntil(() => b.isActive, 10_000)).toBe(true);
  expect(checkOut(cluster, 'B', 2)?.type).toBe('leaseGranted');
}

/** One serves, and has the other one in sync. */
function areUnited(a: Member, b: Member): boolean {
  return [a, b].some(
    ({ isActive, state }) => isActive && state && synchronisedMembers(state).length === 2,
  );
}

const seatsAt = ({ state }: Member) => [...(state?.ledger.leases.keys() ?? [])];

describe('a seat that an instance asked for before the one that it has', () => {
  it('ends when the server that granted it comes back', () => {
    const { cluster, a, b } = start();
    grantOnBothSides(cluster, a, b);
    restart(cluster, 'A');
    expect(cluster.runUntil(() => areUnited(a, b), 20_000)).toBe(true);
    expect([seatsAt(a), seatsAt(b)]).toEqual([[seat(2)], [seat(2)]]);
    expect(cluster.violations).toEqual([]);
  });

  it('ends when both servers were killed and one of them takes over', () => {
    const { cluster, a, b } = start();
    grantOnBothSides(cluster, a, b);
    crash(cluster, 'B', null);
    restart(cluster, 'A');
    restart(cluster, 'B');
    expect(cluster.runUntil(() => areUnited(a, b), 20_000)).toBe(true);
    expect([seatsAt(a), seatsAt(b)]).toEqual([[seat(2)], [seat(2)]]);
    expect(cluster.violations).toEqual([]);
  });
});
