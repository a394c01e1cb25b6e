import { describe, expect, it } from 'vitest';
import type { Lease } from '../../src-shared/model/lease.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { ledgerMs } from '../../src-main/node/core/ledger/ledger-time.ts';
import type { LedgerRequest } from '../../src-main/node/core/replica/replica-event.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';
import { crash } from './outages.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };

/** B took over while it was cut off, and knows nothing of a seat that A had granted. */
function start(): { cluster: Cluster; b: Member; lease: Lease } {
  const cluster = startCluster(pair, { takeoverAfterMs: 1_000, coldStartWaitMs: 1_000 });
  const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
  cluster.network.weather.cut.add('A>B').add('B>A');
  const client = { instance: 'i', user: 'u', host: 'h' };
  const request = { feature: 'cad', units: 1, client };
  cluster.request('A', { type: 'checkoutRequested', leaseId: 'lease-1', request }, () => undefined);
  cluster.runFor(100);
  const lease = a.state?.ledger.leases.get('lease-1');
  if (!lease) throw new Error('no seat was granted');
  crash(cluster, 'A', null);
  expect(cluster.runUntil(() => b.isActive, 5_000)).toBe(true);
  expect(seatsAt(b)).toEqual([]);
  return { cluster, b, lease };
}

const seatsAt = ({ state }: Member) => [...(state?.ledger.leases.keys() ?? [])];

/** The holder renews with a token that ends in so many milliseconds by the time of the server. */
function renewalAt({ state }: Member, lease: Lease, endsInMs: number): LedgerRequest {
  if (!state) throw new Error('the server is stopped');
  const endsAtMs = ledgerMs(state.ledger.time) + endsInMs;
  const proof = { lease, endsAtMs, signer: 'A', term: 1 };
  return { type: 'renewalRequested', requestId: 1_000, leaseId: lease.id, proof };
}

describe('a seat that the server does not know', () => {
  it('comes back by a token that runs, whatever older ones of it come at the same moment', () => {
    const { cluster, b, lease } = start();
    const requests = [renewalAt(b, lease, 5_000), renewalAt(b, lease, -10_000)];
    b.step({ type: 'requestsReceived', requests });
    expect(seatsAt(b)).toEqual(['lease-1']);
    expect(cluster.violations).toEqual([]);
  });

  it('does not come back by one that has ended', () => {
    const { cluster, b, lease } = start();
    b.step({ type: 'requestsReceived', requests: [renewalAt(b, lease, -1)] });
    expect(seatsAt(b)).toEqual([]);
    expect(cluster.violations).toEqual([]);
  });

  it('counts as brought back against the rule when nothing but tokens that have ended showed it', () => {
    const { cluster, b, lease } = start();
    const { tokens } = cluster.checks;
    tokens.noteAsked(b, [renewalAt(b, lease, -1)]);
    b.step({ type: 'requestsReceived', requests: [renewalAt(b, lease, 5_000)] });
    tokens.noteAsked(b, []);
    tokens.check(b);
    expect(cluster.violations).toEqual(['5: an ended token brought lease-1 back at B']);
  });
});
