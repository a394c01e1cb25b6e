import type { LeaseEnd } from '../../src-shared/model/usage.ts';
import { lastPosition } from '../../src-main/node/core/replica/log.ts';
import { defaultTiming, type Membership } from '../../src-main/node/core/replica/replica-state.ts';
import { samePosition } from '../../src-main/node/core/replica/term.ts';
import { Cluster } from './cluster.ts';
import { injectFaults } from './faults.ts';
import { Random } from './random.ts';

export interface RunResult {
  seed: number;
  violations: string[];
  trace: string[];
  grants: number;
  terms: number;
}

const faultsForMs = 45_000;
const convergeWithinMs = 60_000;

export function membershipOf(seed: number): Membership {
  const shapes: Membership[] = [
    { members: ['A', 'B'], witness: null, rule: 'continuity' },
    { members: ['A', 'B'], witness: 'W', rule: 'majority' },
    { members: ['A', 'B', 'C'], witness: null, rule: 'majority' },
  ];
  const shape = shapes[seed % shapes.length];
  if (!shape) throw new Error('no shape');
  return shape;
}

/** One run: faults for a while, then none, and everything must be one again. */
export function simulate(seed: number, membership: Membership = membershipOf(seed)): RunResult {
  const random = new Random(seed ^ 0x5eed);
  const cluster = new Cluster({
    seed,
    membership,
    timing: {
      ...defaultTiming,
      reclaimAfterMs: 3_000,
      takeoverAfterMs: random.pick([1_000, 3_000]),
    },
    clients: random.int(3, 8),
    units: random.int(2, 5),
  });
  cluster.addClients();
  injectFaults(cluster, faultsForMs);
  const converged = cluster.runUntil(() => isOne(cluster), convergeWithinMs);
  if (!converged && cluster.violations.length === 0) {
    cluster.violated(`9: not one after ${convergeWithinMs} ms: ${describe(cluster)}`);
  }
  cluster.runFor(5_000);
  cluster.runUntil(() => isOne(cluster) && isWritten(cluster), convergeWithinMs);
  if (cluster.violations.length === 0) checkUsage(cluster);
  return {
    seed,
    violations: cluster.violations,
    trace: cluster.trace,
    grants: cluster.told.size,
    terms: Math.max(...[...cluster.members.values()].map((m) => m.state?.term.number ?? 0)),
  };
}

/** 9. The first in preference is active, and all have the same. */
function isOne(cluster: Cluster): boolean {
  const first = cluster.members.get(cluster.options.membership.members[0] ?? '');
  const active = [...cluster.members.values()].filter((member) => member.isActive);
  if (active.length !== 1 || active[0] !== first || !first?.state) return false;
  const last = lastPosition(first.state.log);
  return cluster.options.membership.members.every((id) => {
    const state = cluster.members.get(id)?.state;
    return state && samePosition(lastPosition(state.log), last) && state.commitIndex >= 0;
  });
}

function isWritten({ active }: Cluster): boolean {
  return (
    active?.state !== null &&
    active?.state !== undefined &&
    samePosition(lastPosition(active.store.log), lastPosition(active.state.log))
  );
}

function describe(cluster: Cluster): string {
  return [...cluster.members.values()]
    .map(({ id, state }) => {
      if (!state) return `${id} down`;
      const last = lastPosition(state.log);
      return (
        `${id} ${state.role.type} follows ${state.active ?? '-'} term ${state.term.number}/` +
        `${state.term.member} last ${last.index}@${last.term.number}/${last.term.member} ` +
        `commit ${state.commitIndex} durable ${state.durableIndex}`
      );
    })
    .join('; ');
}

/**
 * 10. Every lease that a client was told of lives or has exactly one usage record. Under
 * `continuity` a lease that ran out can come back by a merge or a token, and then end once more.
 */
function checkUsage(cluster: Cluster): void {
  if (cluster.lossyTakeover) return;
  const active = cluster.active;
  if (!active?.state?.ledger) return;
  const ends = new Map<string, LeaseEnd[]>();
  for (const usage of active.store.tables.usage.values()) {
    if (usage.kind !== 'session') continue;
    ends.set(usage.leaseId, [...(ends.get(usage.leaseId) ?? []), usage.end]);
  }
  const lenient = cluster.options.membership.rule === 'continuity';
  for (const leaseId of cluster.told.keys()) {
    const lives = active.state.ledger.leases.has(leaseId);
    const all = ends.get(leaseId) ?? [];
    const counted = lenient
      ? all.filter((end, i) => end !== 'expired' || i === all.length - 1)
      : all;
    const fits = lives
      ? all.length === 0 || (lenient && all.every((end) => end === 'expired'))
      : counted.length === 1;
    if (fits) continue;
    cluster.violated(`10: ${leaseId} ${lives ? 'lives' : 'ended'}; its records: ${all.join(', ')}`);
    return;
  }
}
