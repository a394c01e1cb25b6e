import type {
  LedgerConfig,
  LedgerRelationship,
  Membership,
} from '../../src-shared/model/ledger-config.ts';
import { soloConfig } from '../../src-shared/model/ledger-config.ts';
import {
  planOfMembers,
  relationshipAfter,
  type ResolvedChange,
} from '../../src-main/node/relationships/member-changes.ts';
import type { Wish } from './client.ts';
import { Cluster } from './cluster.ts';
import { converge } from './converge.ts';
import { addCoverage, createCoverage, type Coverage } from './coverage.ts';
import { FaultMaker, mend } from './faults.ts';
import type { Member } from './member.ts';
import { type Fault, planFaults } from './plan-faults.ts';
import { Random } from './random.ts';
import type { RunResult } from './simulate.ts';

/** Ledgers that have servers in common: both of a pool, or those of several mains with one backup. */
export type Together = 'pool' | 'mains';

/** One of them, as it is set up. */
interface LedgerShape {
  kind: LedgerRelationship['kind'];
  membership: Membership;
  changes: readonly ResolvedChange[];
}

interface Shape {
  /** All servers, those that stand by to take a place included. */
  servers: readonly string[];
  ledgers: readonly LedgerShape[];
}

const faultsForMs = 45_000;
const changedWithinMs = 60_000;

const poolSizes = [3, 5, 3, 7] as const;
const poolMax = 11;
const poolMaxEvery = 25;

/** Both ledgers of a pool have the same members, and the same is ordered of both. */
function poolOf(size: number): Shape {
  // A ledger names eleven at most, so that of the greatest pool nobody stands by.
  const servers = [...'ABCDEFGHIJK'].slice(0, Math.min(size + 1, poolMax));
  const members = servers.slice(0, size);
  const spare = servers[size];
  const [first = '', second = ''] = members;
  const last = members.at(-1) ?? '';
  const changes: ResolvedChange[] = [
    { change: 'remove', server: last },
    { change: 'remove', server: first },
    ...(spare === undefined ? [] : comingTo(spare, first, second)),
    { change: 'order', servers: members.toReversed() },
  ];
  const ledgers = (['continuity', 'majority'] as const).map((rule) => ({
    ...{ kind: 'pool' as const, changes },
    membership: { members, witness: null, rule },
  }));
  return { servers, ledgers };
}

function comingTo(spare: string, first: string, second: string): ResolvedChange[] {
  return [
    { change: 'add', server: spare },
    { change: 'replace', server: second, by: spare },
    { change: 'replace', server: first, by: spare },
  ];
}

/** H stands in for two or three mains; one of them has a witness too, or H is itself protected by D. */
function mainsOf(count: number, how: 'plain' | 'witness' | 'protected'): Shape {
  const mains = [...'ABC'].slice(0, count);
  const backup = (main: string, by: string, strict = false): LedgerShape => ({
    kind: 'backup',
    membership: strict
      ? { members: [main, by], witness: 'W', rule: 'majority' }
      : { members: [main, by], witness: null, rule: 'continuity' },
    changes: [{ change: 'replace', server: by, by: 'S' }],
  });
  const ledgers = mains.map((main, at) => backup(main, 'H', how === 'witness' && at === 1));
  if (how === 'protected') ledgers.push(backup('H', 'D'));
  return { servers: [...mains, 'H', 'D', 'S'], ledgers };
}

function togetherShape(kind: Together, seed: number): Shape {
  if (kind === 'mains') {
    const how = (['plain', 'witness', 'protected'] as const)[seed % 3] ?? 'plain';
    return mainsOf(2 + (seed % 2), how);
  }
  if (seed % poolMaxEvery === poolMaxEvery - 1) return poolOf(poolMax);
  return poolOf(poolSizes[seed % poolSizes.length] ?? 3);
}

/** What the product makes of the changes, each from the beginning; and the beginning, twice. */
function variantsOf({ kind, membership, changes }: LedgerShape): Membership[] {
  // A pool has one policy, whatever the rule of its ledgers.
  const isStrict = kind !== 'pool' && membership.rule === 'majority';
  const policy = isStrict ? 'strict' : 'available';
  const relationship: LedgerRelationship = {
    id: '00000000-0000-4000-8000-000000000001',
    ...{ kind, policy, mutual: false, members: membership.members, goal: membership },
    ...(kind === 'pool' ? { name: 'floor' } : {}),
  };
  const config: LedgerConfig = {
    ...soloConfig(membership.members[0] ?? ''),
    membership,
    relationship,
  };
  const variants = changes.map((change) => {
    const plan = planOfMembers(relationship, change);
    const goal = plan.ok ? relationshipAfter(config, plan.value, change)?.goal : undefined;
    if (!goal) throw new Error(`${JSON.stringify(change)} is not possible`);
    return goal;
  });
  return [membership, membership, ...variants];
}

/** What is ordered of one ledger. All else concerns a server, and so every ledger that is there. */
const ofLedgers: ReadonlySet<Fault['kind']> = new Set([
  'switchover',
  'replaceLicense',
  'rollBackLicense',
  'changeMembers',
  'placeElsewhere',
]);

const ofActives: ReadonlySet<Fault['kind']> = new Set(['crashActive', 'failActiveDisk', 'leave']);

/** Servers with several ledgers of which each goes on by itself, and one fate. */
class Group {
  readonly clusters: Cluster[] = [];
  readonly coverage = createCoverage();
  readonly #kind: Together;
  readonly #shape: Shape;
  readonly #random: Random;
  /** Each spell of serving, from its first step on. */
  readonly #spells = new WeakSet<object>();

  constructor(kind: Together, seed: number) {
    this.#kind = kind;
    this.#shape = togetherShape(kind, seed);
    const random = new Random(seed ^ 0x5eed);
    this.#random = random;
    const takeoverAfterMs = random.pick([1_000, 3_000]);
    const coldStartWaitMs = random.pick([1_000, 15_000]);
    for (const [at, ledger] of this.#shape.ledgers.entries()) {
      const wishes = Array.from({ length: random.int(2, 5) }, () =>
        random.pick<Wish>(['ordinary', 'ordinary', 'borrowed', 'uncovered']),
      );
      const cluster: Cluster = new Cluster({
        seed: seed + at * 7_919,
        ...{ kind: ledger.kind, membership: ledger.membership, wishes },
        variants: variantsOf(ledger),
        servers: this.#shape.servers,
        settings: {
          ...{ reclaimAfterMs: 3_000, reclaimHoldDownMaxMs: 6_000 },
          ...{ takeoverAfterMs, coldStartWaitMs },
        },
        limits: random.pick([
          { entriesMax: 20, changesMax: 100 },
          { entriesMax: 2_000, changesMax: 20_000 },
        ]),
        units: random.int(2, 5),
        beside: this.clusters[0],
        onStep: (member) => this.#watch(cluster, member),
      });
      this.clusters.push(cluster);
    }
  }

  get first(): Cluster {
    const [first] = this.clusters;
    if (!first) throw new Error('a group has a ledger');
    return first;
  }

  begin(): void {
    for (const cluster of this.clusters) cluster.begin();
    for (const cluster of this.clusters) cluster.addClients();
  }

  /** Makes the faults at their times, and then mends everything. */
  suffer(faults: readonly Fault[]): void {
    const { agenda } = this.first;
    const endMs = agenda.nowMs + faultsForMs;
    for (const fault of faults) agenda.after(fault.atMs, () => this.#make(fault, endMs));
    this.first.runFor(faultsForMs);
    for (const cluster of this.clusters) mend(cluster);
  }

  #make(fault: Fault, endMs: number): void {
    const random = new Random(fault.seed ^ 0x7069);
    const one = random.pick(this.clusters);
    const host = random.pick(this.#shape.servers);
    if (!ofLedgers.has(fault.kind)) {
      const struck = ofActives.has(fault.kind) ? (one.active?.id ?? host) : host;
      for (const cluster of this.clusters) {
        new FaultMaker(cluster, { ...fault, host: struck }, endMs).make();
      }
      return;
    }
    // A pool is ordered as one; each main has an admin of its own.
    for (const cluster of this.#kind === 'pool' ? this.clusters : [one]) {
      new FaultMaker(cluster, fault, endMs).make();
    }
    this.#checkGoals();
    this.#coverOrder(fault, one);
  }

  /** Who is to be in a pool is so for both of its ledgers. */
  #checkGoals(): void {
    if (this.#kind !== 'pool') return;
    const goals = this.clusters.map(({ admin }) => admin.goal.members.join(''));
    if (new Set(goals).size > 1) {
      this.first.violated(`product 12: the ledgers are to have ${goals.join(' and ')}`);
    }
  }

  #coverOrder({ kind }: Fault, { admin, options }: Cluster): void {
    if (kind === 'replaceLicense') this.coverage['licence rolled out']++;
    if (kind !== 'changeMembers') return;
    const { members: before } = options.membership;
    const { members: after } = admin.goal;
    const come = after.filter((id) => !before.includes(id)).length;
    const go = before.filter((id) => !after.includes(id)).length;
    if (come > 0 && go > 0) this.coverage['member replaced']++;
    else if (come > 0) this.coverage['member added']++;
    else if (go > 0) this.coverage['member removed']++;
    else if (before.join() !== after.join()) this.coverage['order changed']++;
  }

  /** Each of them becomes one, and both of a pool with the same servers. */
  converge(): void {
    converge(this.clusters);
    for (const cluster of this.clusters) this.#changeInPeace(cluster);
    if (this.#kind !== 'pool' || this.violations.length > 0) return;
    const shown = this.clusters.map(({ active }) => {
      const members = active?.state?.ledger.config.membership.members.join('') ?? 'nobody';
      return `${members} with ${active?.id ?? 'nobody'}`;
    });
    if (new Set(shown).size > 1) {
      this.first.violated(`9: the ledgers of the pool differ: ${shown.join(', ')}`);
    }
  }

  /** What is ordered comes to pass when nothing goes wrong. */
  #changeInPeace(cluster: Cluster): void {
    const { admin, options } = cluster;
    if (this.violations.length > 0) return;
    admin.goal = this.#random.pick(options.variants ?? []);
    cluster.note(`in peace the goal is ${JSON.stringify(admin.goal)}`);
    const isDone = () => cluster.checks.convergence.isOne();
    if (!cluster.runUntil(isDone, changedWithinMs)) {
      cluster.violated(`9: not changed within ${changedWithinMs} ms`);
    }
    admin.goal = options.membership;
    if (!cluster.runUntil(isDone, changedWithinMs)) {
      cluster.violated(`9: not changed back within ${changedWithinMs} ms`);
    }
  }

  get violations(): string[] {
    return this.clusters.flatMap(({ violations }, at) =>
      violations.map((what) => `ledger ${at + 1}: ${what}`),
    );
  }

  /** Who serves several ledgers, or not all of a pool, is counted as often as that begins. */
  #watch(cluster: Cluster, member: Member): void {
    const { state } = member;
    if (!state) return;
    this.#checkRule(cluster, member);
    if (state.role.type !== 'active' || this.#spells.has(state.role)) return;
    this.#spells.add(state.role);
    const others = this.clusters.filter((other) => other !== cluster);
    const here = others.filter(({ members }) => members.get(member.id)?.isActive === true);
    if (here.length > 0) this.coverage['serves several ledgers']++;
    if (here.length < others.length) this.coverage['ledgers apart']++;
    const leases = [...state.ledger.leases.values()];
    if (leases.some(({ borrowUntilMs }) => borrowUntilMs !== null)) {
      this.coverage['borrow taken over']++;
    }
  }

  /** Each ledger of a pool keeps to its rule, whoever its members are. */
  #checkRule(cluster: Cluster, { id, state }: Member): void {
    const { options } = cluster;
    const { members = [], rule } = state?.ledger.config.membership ?? {};
    if (this.#kind !== 'pool' || members.length < 2 || rule === options.membership.rule) return;
    cluster.violated(
      `product 3: ${id} goes by ${rule ?? ''} in the ledger of ${options.membership.rule}`,
    );
  }

  /** Of all the ledgers. */
  covered(): Coverage {
    for (const { coverage } of this.clusters) addCoverage(this.coverage, coverage);
    return this.coverage;
  }
}

/** One run: faults for a while, then none, and each ledger must be one again. */
export function simulateTogether(
  kind: Together,
  seed: number,
  faults: readonly Fault[] = planFaults(seed ^ 0xfa17, faultsForMs),
): RunResult {
  const group = new Group(kind, seed);
  const { first } = group;
  try {
    group.begin();
    group.suffer(faults);
    group.converge();
  } catch (error) {
    first.violated(`the core threw: ${error instanceof Error ? error.message : String(error)}`);
  }
  const sum = (count: (cluster: Cluster) => number) =>
    group.clusters.reduce((total, cluster) => total + count(cluster), 0);
  return {
    ...{ rule: kind, seed, faults },
    violations: group.violations,
    trace: group.clusters.flatMap(({ trace }, at) => [`-- ledger ${at + 1}`, ...trace]),
    grants: sum(({ checks }) => checks.seats.told.size),
    terms: sum(({ checks }) => checks.spells.count),
    coverage: group.covered(),
    timeMs: sum(({ agenda }) => agenda.nowMs),
    excusedMs: sum(({ checks }) => checks.excuses.excusedMs),
  };
}

/** "5" servers that keep each ledger of a pool, or "3 ledgers" that have a server in common. */
export function describeTogether(kind: Together, seed: number): string {
  const { ledgers } = togetherShape(kind, seed);
  return kind === 'pool'
    ? `${ledgers[0]?.membership.members.length ?? 0}`
    : `${ledgers.length} ledgers`;
}
