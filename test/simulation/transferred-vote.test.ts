import { describe, expect, it } from 'vitest';
import { ownLast } from '../../src-main/node/core/replica/turn.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import { crash } from './outages.ts';
import type { Member } from './member.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const three: Membership = { members: ['A', 'B', 'C'], witness: null, rule: 'majority' };

function start(): { cluster: Cluster; a: Member; b: Member; c: Member } {
  const cluster = startCluster(three, {
    takeoverAfterMs: 3_000,
    heartbeatMs: 250,
    reclaim: 'manual',
  });
  const member = (id: string) => memberOf(cluster, id);
  return { cluster, a: member('A'), b: member('B'), c: member('C') };
}

/** B asks C for its vote, and says that A asked it to. */
function claimPlace({ state }: Member, c: Member): void {
  if (!state) throw new Error('the server is stopped');
  const { term: transfer } = state;
  const term = { number: transfer.number + 1, member: 'B' };
  const { version: configVersion } = state.ledger.config;
  const last = ownLast(state);
  const message = { type: 'vote', term, configVersion, last, transfer } as const;
  c.step({ type: 'messageReceived', from: 'B', message });
}

describe('a vote for a member that says the active gave it the place', () => {
  it('is given to nobody on the word of that member alone', () => {
    const { cluster, a, b, c } = start();
    const { term } = a.state ?? {};
    claimPlace(b, c);
    expect(c.state?.term).toEqual(term);
    cluster.runFor(5_000);
    expect([a.isActive, a.state?.term]).toEqual([true, term]);
    expect(cluster.violations).toEqual([]);
  });

  it('is given when the active itself shows a moment later that it serves no longer', () => {
    const { cluster, a, b, c } = start();
    const { term } = a.state ?? {};
    if (!term) throw new Error('A is stopped');
    claimPlace(b, c);
    const presence = { type: 'presence', term, boot: a.state?.boot ?? '' } as const;
    c.step({ type: 'messageReceived', from: 'A', message: presence });
    expect(c.state?.term).toEqual({ number: term.number + 1, member: 'B' });
    expect(cluster.violations).toEqual([]);
  });

  it('is given by the one that gave the place over, also when no third can be asked', () => {
    const { cluster, a, b } = start();
    crash(cluster, 'C', null);
    a.step({ type: 'switchoverRequested', to: 'B' });
    expect(cluster.runUntil(() => b.isActive, 500)).toBe(true);
    expect(cluster.violations).toEqual([]);
  });
});
