import { expect } from 'vitest';
import { logLimitsDefault } from '../../src-main/node/core/replica/replica-state.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { RelationshipSettings } from '../../src-shared/model/relationship.ts';
import { Cluster } from './cluster.ts';
import type { Member } from './member.ts';

/** A cluster that has come to agree, with two units of one licence and no faults of its own. */
export function startCluster(
  membership: Membership,
  settings: Partial<RelationshipSettings>,
): Cluster {
  const cluster = new Cluster({
    seed: 1,
    membership,
    settings,
    wishes: [],
    units: 2,
    limits: logLimitsDefault,
  });
  cluster.begin();
  expect(cluster.runUntil(() => cluster.checks.convergence.isOne(), 5_000)).toBe(true);
  cluster.runFor(1_000);
  return cluster;
}

export function memberOf(cluster: Cluster, id: string): Member {
  const found = cluster.members.get(id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
}
