import { expect } from 'vitest';
import { logLimitsDefault } from '../../src-main/node/core/replica/replica-state.ts';
import type { Membership } from '../../src-shared/model/ledger-config.ts';
import type { RelationshipSettings } from '../../src-shared/model/relationship.ts';
import type { Unnumbered } from './client.ts';
import { Cluster } from './cluster.ts';
import type { Answer, Member } from './member.ts';

/** A cluster that has come to agree, with two units of one licence and no faults of its own. */
export function startCluster(
  membership: Membership,
  settings: Partial<RelationshipSettings>,
  onNote?: (member: string, message: string) => void,
): Cluster {
  const cluster = new Cluster({
    seed: 1,
    membership,
    settings,
    wishes: [],
    units: 2,
    limits: logLimitsDefault,
    ...(onNote && { onNote }),
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

/** What a server answers to a client; null: nothing within two seconds, or it cannot be reached. */
export function answerOf(cluster: Cluster, server: string, request: Unnumbered): Answer | null {
  let answered: Answer | null | undefined;
  cluster.request(server, request, (answer) => {
    answered = answer;
  });
  cluster.runUntil(() => answered !== undefined, 2_000);
  return answered ?? null;
}
