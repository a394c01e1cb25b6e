import type { Membership } from '../../src-shared/model/ledger-config.ts';
import { clockMarginMs } from '../../src-main/node/core/ledger/lease-life.ts';
import { ttlMs, type Wish } from './client.ts';
import { Cluster } from './cluster.ts';
import { converge } from './converge.ts';
import type { Coverage } from './coverage.ts';
import { injectFaults } from './faults.ts';
import { type Fault, planFaults, planRare } from './plan-faults.ts';
import { Random } from './random.ts';
import { describeTogether, simulateTogether, type Together } from './several.ts';

/** One ledger by a rule, or several on the same servers. */
export type Rule = Membership['rule'] | Together;

type OwnRule = Membership['rule'];

export interface RunResult {
  rule: Rule;
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

/** Runs in which the least faults of a failed one are looked for. */
const shrinkRunsMax = 60;

function membership(rule: OwnRule, count: number, witness: string | null = null): Membership {
  return { members: [...'ABCDEFGHIJK'].slice(0, count), witness, rule };
}

/** What the servers are in a run: by its seed, one after the other. */
const shapes: Readonly<Record<OwnRule, readonly Membership[]>> = {
  continuity: [2, 2, 3, 3, 4, 5, 7].map((count) => membership('continuity', count)),
  majority: [
    membership('majority', 2, 'W'),
    membership('majority', 3),
    membership('majority', 2, 'W'),
    membership('majority', 2),
    membership('majority', 4),
    membership('majority', 5),
    membership('majority', 7),
  ],
};

/** The greatest pool takes long, so that one run of many has it. */
const poolMax = 11;
const poolMaxEvery = 50;

function membershipOf(rule: OwnRule, seed: number): Membership {
  if (seed % poolMaxEvery === 38) return membership(rule, poolMax);
  const shape = shapes[rule][seed % shapes[rule].length];
  if (!shape) throw new Error('no shape');
  return shape;
}

/** "3" servers, or "2+W" with a witness. */
export function shapeOf(rule: Rule, seed: number): string {
  if (isTogether(rule)) return describeTogether(rule, seed);
  const { members, witness } = membershipOf(rule, seed);
  return `${members.length}${witness === null ? '' : `+${witness}`}`;
}

/** Every thirteenth run has one of these peculiarities, by what is left of its seed. */
const peculiarRuns = {
  partedWithClients: 2,
  released: 3,
  wiped: 4,
  partedAndChanged: 5,
  napped: 6,
  bounced: 7,
  putBack: 8,
  clockLeapt: 11,
  numbered: 12,
};

/** Some runs have faults of whole directories as well, and some such as take long. */
function planRun(seed: number): Fault[] {
  const faults = planFaults(seed ^ 0xfa17, faultsForMs, seed % 3 === 0);
  if (seed % 11 === 1) faults.push(...planRare('part', seed ^ 0x10a6, faultsForMs));
  if (seed % 17 === 7) faults.push(...planRare('setTime', seed ^ 0x71e5, faultsForMs, 1));
  switch (seed % 13) {
    case peculiarRuns.partedWithClients:
      faults.push(...planRare('partWithClients', seed ^ 0x308c, faultsForMs));
      break;
    case peculiarRuns.released:
      faults.push(...planRare('release', seed ^ 0x4e1e, 2 * faultsForMs, 8));
      break;
    case peculiarRuns.wiped:
      faults.push(...planRare('wipe', seed ^ 0x31ed, 2 * faultsForMs, 6));
      break;
    case peculiarRuns.partedAndChanged:
      faults.push(...planRare('partWithClients', seed ^ 0x57a7, faultsForMs));
      faults.push(...planRare('changeRule', seed ^ 0x1e47, 2 * faultsForMs, 4));
      break;
    case peculiarRuns.napped:
      faults.push(...planRare('napActive', seed ^ 0x3a21, 2 * faultsForMs, 8));
      faults.push(...planRare('handOverAndNap', seed ^ 0x4a9d, 2 * faultsForMs, 8));
      break;
    case peculiarRuns.bounced:
      faults.push(...planRare('bounce', seed ^ 0xb0b0, 2 * faultsForMs, 12));
      break;
    case peculiarRuns.putBack:
      faults.push(...planRare('putBack', seed ^ 0xbacc, 2 * faultsForMs, 6));
      break;
    case peculiarRuns.clockLeapt:
      faults.push(...planRare('leapClock', seed ^ 0xc10c, 2 * faultsForMs, 4));
      break;
  }
  return faults;
}

/** One run: faults for a while, then none, and everything must be one again. */
export function simulate(rule: Rule, seed: number, faults?: readonly Fault[]): RunResult {
  return isTogether(rule)
    ? simulateTogether(rule, seed, faults)
    : simulateOne(rule, seed, faults ?? planRun(seed));
}

export function isTogether(rule: Rule): rule is Together {
  return rule === 'pool' || rule === 'mains';
}

function simulateOne(rule: OwnRule, seed: number, faults: readonly Fault[]): RunResult {
  const random = new Random(seed ^ 0x5eed);
  const takeoverAfterMs = random.pick([1_000, 3_000]);
  const wishes = Array.from({ length: random.int(3, 8) }, () =>
    random.pick<Wish>(['ordinary', 'ordinary', 'ordinary', 'borrowed', 'uncovered']),
  );
  const cluster = new Cluster({
    seed,
    membership: membershipOf(rule, seed),
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
    rowLifeMs: random.pick([4 * ttlMs + 3 * clockMarginMs, 3_600_000]),
    wishes,
    numbered: seed % 13 === peculiarRuns.numbered,
    units: random.int(2, 5),
  });
  try {
    cluster.begin();
    cluster.addClients();
    injectFaults(cluster, faults, faultsForMs);
    converge([cluster]);
  } catch (error) {
    cluster.violated(`the core threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {
    rule,
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

/** The least faults with which a run still fails: they are left out one by one. */
export function shrink(failed: RunResult): RunResult {
  let shortest = failed;
  let runs = 0;
  for (let i = failed.faults.length - 1; i >= 0 && runs < shrinkRunsMax; i--) {
    const left = failed.faults[i];
    if (!left || !shortest.faults.includes(left)) continue;
    runs++;
    const faults = shortest.faults.filter((fault) => fault !== left);
    const result = simulate(failed.rule, failed.seed, faults);
    if (result.violations.length > 0) shortest = result;
  }
  return shortest;
}
