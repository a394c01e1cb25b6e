import { describe, expect, it } from 'vitest';
import { isPartial } from '../../src-main/node/core/replica/whole.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { Cluster } from './cluster.ts';
import type { Member } from './member.ts';
import { crash, restart } from './outages.ts';
import { memberOf, startCluster } from './started-cluster.ts';

const pair: Membership = { members: ['A', 'B'], witness: null, rule: 'continuity' };

interface Stage {
  cluster: Cluster;
  a: Member;
  b: Member;
}

/** B lost its disk and was called again: it has writes of A, with the configuration, and none of the licences. */
function callAgain(): Stage {
  const cluster = startCluster(pair, { coldStartWaitMs: 1_000, reclaim: 'manual' });
  const [a, b] = [memberOf(cluster, 'A'), memberOf(cluster, 'B')];
  crash(cluster, 'B', 'gone');
  cluster.replaceDisk(b, null);
  restart(cluster, 'B');
  const hasSome = () => (b.store?.rows.has('config config') ?? false) && spellsAt(b) > 0;
  expect(cluster.runUntil(hasSome, 5_000)).toBe(true);
  expect(licensesAt(b)).toBe(0);
  return { cluster, a, b };
}

function spellsAt({ store }: Member): number {
  return [...(store?.rows.values() ?? [])].filter(({ kind }) => kind === 'spell').length;
}

function licensesAt({ store }: Member): number {
  return store?.read().ledger.licenses.length ?? 0;
}

describe('a server that was called under continuity', () => {
  it('does not serve by a few rows, also after a start, and stands in nobody’s way', () => {
    const { cluster, a, b } = callAgain();
    crash(cluster, 'A', 'gone');
    cluster.runFor(10_000);
    expect(b.isActive).toBe(false);
    crash(cluster, 'B', 'gone');
    restart(cluster, 'B');
    cluster.runFor(10_000);
    expect(b.isActive).toBe(false);
    restart(cluster, 'A');
    cluster.runFor(5_000);
    expect(a.isActive).toBe(true);
    expect(cluster.violations).toEqual([]);
  });

  it('serves when it has had everything, also after a start', () => {
    const { cluster, b } = callAgain();
    const isWhole = () =>
      b.store !== null && !isPartial({ self: 'B', syncSet: new Set(b.store.syncSet) });
    expect(cluster.runUntil(isWhole, 5_000)).toBe(true);
    expect(licensesAt(b)).toBe(2);
    crash(cluster, 'B', 'gone');
    crash(cluster, 'A', 'gone');
    restart(cluster, 'B');
    cluster.runFor(10_000);
    expect(b.isActive).toBe(true);
    expect(cluster.violations).toEqual([]);
  });
});
