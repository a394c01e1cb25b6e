import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { clockMarginMs, ttlSecondsOfOrphan } from '../../src-main/node/core/ledger/ledger.ts';
import { ttlMs, type Wish } from './client.ts';
import { Cluster } from './cluster.ts';
import type { Coverage } from './coverage.ts';
import { type Fault, injectFaults, planFaults, planParting } from './faults.ts';
import { Random } from './random.ts';

export interface RunResult {
  seed: number;
  violations: readonly string[];
  trace: readonly string[];
  faults: readonly Fault[];
  grants: number;
  terms: number;
  coverage: Coverage;
  /** Simulated time, and how much of it had an excuse, in milliseconds. */
  timeMs: number;
  excusedMs: number;
}

const faultsForMs = 45_000;
const convergeWithinMs = 90_000;

const shapes: readonly Membership[] = [
  { members: ['A', 'B'], witness: null, rule: 'continuity' },
  { members: ['A', 'B'], witness: 'W', rule: 'majority' },
  { members: ['A', 'B', 'C'], witness: null, rule: 'majority' },
];

/** Two servers, with and without a witness, and three. */
export function membershipOf(seed: number): Membership {
  const shape = shapes[seed % shapes.length];
  if (!shape) throw new Error('no shape');
  return shape;
}

const rowShapes: readonly Membership[] = [2, 2, 3, 3, 4, 5, 7].map((count) => ({
  members: ['A', 'B', 'C', 'D', 'E', 'F', 'G'].slice(0, count),
  witness: null,
  rule: 'continuity',
}));

/** Two to seven servers under `continuity`. */
export function simulateRows(
  seed: number,
  faults: readonly Fault[] = planRowFaults(seed),
): RunResult {
  const membership = rowShapes[seed % rowShapes.length];
  if (!membership) throw new Error('no shape');
  return simulate(seed, membership, faults, true);
}

/** Some runs have faults of whole directories as well, and some a server that is parted for long. */
function planRowFaults(seed: number): Fault[] {
  const faults = planFaults(seed ^ 0xfa17, faultsForMs, seed % 3 === 0);
  if (seed % 11 !== 1) return faults;
  return [...faults, ...planParting(seed ^ 0x10a6, faultsForMs)];
}

/** One run: faults for a while, then none, and everything must be one again. */
export function simulate(
  seed: number,
  membership: Membership = membershipOf(seed),
  faults: readonly Fault[] = planFaults(seed ^ 0xfa17, faultsForMs),
  rows = false,
): RunResult {
  const random = new Random(seed ^ 0x5eed);
  const takeoverAfterMs = random.pick([1_000, 3_000]);
  const wishes = Array.from({ length: random.int(3, 8) }, () =>
    random.pick<Wish>(['ordinary', 'ordinary', 'ordinary', 'borrowed', 'uncovered']),
  );
  const cluster = new Cluster({
    seed,
    membership,
    settings: {
      reclaimAfterMs: 3_000,
      reclaimHoldDownMaxMs: 6_000,
      takeoverAfterMs,
      coldStartWaitMs: random.pick([1_000, 15_000]),
    },
    limits: random.pick([
      { entriesMax: 20, changesMax: 100 },
      { entriesMax: 2_000, changesMax: 20_000 },
    ]),
    rowLifeMs: rows ? random.pick([4 * ttlMs + 3 * clockMarginMs, 3_600_000]) : null,
    wishes,
    units: random.int(2, 5),
  });
  try {
    cluster.begin();
    cluster.addClients();
    injectFaults(cluster, faults, faultsForMs);
    converge(cluster, rows);
  } catch (error) {
    cluster.violated(`the core threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {
    seed,
    violations: cluster.violations,
    trace: cluster.trace,
    faults,
    grants: cluster.checks.seats.told.size,
    terms: cluster.checks.spells.count,
    coverage: cluster.coverage,
    timeMs: cluster.agenda.nowMs,
    excusedMs: cluster.checks.excuses.excusedMs,
  };
}

/** Without faults all must become one in time, and have the same. */
function converge(cluster: Cluster, rows: boolean): void {
  const { checks } = cluster;
  const converged = cluster.runUntil(() => checks.convergence.isOne(), convergeWithinMs);
  if (!converged && cluster.violations.length === 0) {
    cluster.violated(`9: not one after ${convergeWithinMs} ms: ${checks.convergence.describe()}`);
  }
  cluster.runFor(5_000);
  const again = cluster.runUntil(() => checks.convergence.isOne(), convergeWithinMs);
  if (cluster.violations.length > 0) return;
  if (!again) cluster.violated(`9: not one again: ${checks.convergence.describe()}`);
  checks.checkAfterFaults();
  for (const client of cluster.clients) client.stop();
  const lifeMs = checks.seats.hasOrphans() ? ttlSecondsOfOrphan * 1000 : ttlMs;
  cluster.runFor(1.5 * lifeMs + (rows ? 2 * clockMarginMs : 0));
  if (cluster.violations.length === 0) checks.seats.checkRunOut();
}

/** The least faults with which a run still fails: they are left out one by one. */
export function shrink(failed: RunResult, runsMax = 60, rows = false): RunResult {
  let shortest = failed;
  let runs = 0;
  for (let i = failed.faults.length - 1; i >= 0 && runs < runsMax; i--) {
    const left = failed.faults[i];
    if (!left || !shortest.faults.includes(left)) continue;
    runs++;
    const faults = shortest.faults.filter((fault) => fault !== left);
    const result = rows
      ? simulateRows(failed.seed, faults)
      : simulate(failed.seed, membershipOf(failed.seed), faults);
    if (result.violations.length > 0) shortest = result;
  }
  return shortest;
}
