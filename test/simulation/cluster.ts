import {
  type LedgerConfig,
  type Membership,
  soloConfig,
} from '../../src-shared/model/ledger-config.ts';
import {
  type RelationshipSettings,
  relationshipSettingsDefault,
} from '../../src-shared/model/relationship.ts';
import type { PeerMessage } from '../../src-main/node/core/replica/message.ts';
import type { LogLimits } from '../../src-main/node/core/replica/replica-state.ts';
import { synchronisedMembers } from '../../src-main/node/core/replica/sync-set.ts';
import { makeVerified } from '../support/core-host.ts';
import type { SimulatedStore } from '../support/simulated-store.ts';
import { Agenda } from './agenda.ts';
import { createCoverage } from './coverage.ts';
import { ledgerMs } from '../../src-main/node/core/ledger/ledger-time.ts';
import { rowLifeMsDefault } from '../../src-main/node/core/ledger/row-life.ts';
import { Client, type Token, ttlMs, type Unnumbered, type Wish } from './client.ts';
import { Invariants } from './invariants/invariants.ts';
import { type Answer, Member } from './member.ts';
import { Random } from './random.ts';
import { nextStep, stepTo } from './relationship.ts';

export interface ClusterOptions {
  seed: number;
  /** What the servers become before the faults, and are again after them. */
  membership: Membership;
  settings: Partial<RelationshipSettings>;
  wishes: readonly Wish[];
  units: number;
  limits: LogLimits;
  /** Life of a row under `continuity` at least; a day by default. */
  rowLifeMs?: number;
  /** Clients number their requests, so that a retry is known for one at any server. */
  numbered?: boolean;
  /** Called after every step of a server. */
  onStep?(member: Member): void;
  /** Called with what a server puts into its own journal. */
  onNote?(id: string, message: string): void;
}

/** Servers, clients, an admin and the network between them, all from one seed. */
export class Cluster {
  readonly agenda = new Agenda();
  readonly random: Random;
  readonly members = new Map<string, Member>();
  readonly clients: Client[] = [];
  readonly options: ClusterOptions;
  readonly checks: Invariants;
  readonly coverage = createCoverage();
  /** Life of a row under `continuity` at least, in milliseconds. */
  readonly rowLifeMs: number;
  /** Ordered pairs between which nothing passes. */
  readonly cut = new Set<string>();
  /** When a pair was parted, or found each other again, last. */
  lastCutMs = -Infinity;
  lossRate = 0;
  delayMsMax = 4;
  /** What the admin wants the membership to be. */
  goal: Membership;
  /** The server that the admin wants to serve; null: the first in preference. */
  placed: string | null = null;
  /** Serial of the next version of the licence. */
  serial = 1;
  readonly trace: string[] = [];
  /** A long text for each step is made only when somebody reads it. */
  quiet = true;
  #requests = new Map<number, (answer: Answer) => void>();
  #requestCount = 0;
  #leaseCount = 0;
  #bootCount = 0;
  #configUnderWay = false;

  constructor(options: ClusterOptions) {
    this.options = options;
    this.goal = options.membership;
    this.rowLifeMs = options.rowLifeMs ?? rowLifeMsDefault;
    this.random = new Random(options.seed);
    this.checks = new Invariants(this);
    const names = new Map([...serversOf(options), 'W'].map((id) => [id, `SRV-${id}`]));
    for (const id of names.keys()) {
      this.members.set(
        id,
        new Member(id, {
          agenda: this.agenda,
          random: this.random,
          limits: options.limits,
          rowLifeMs: this.rowLifeMs,
          coverage: this.coverage,
          newBoot: () => `boot${++this.#bootCount}`,
          names,
          send: (from, to, message) => this.#send(from, to, message),
          answered: (member, requestId, answer) => {
            if (answer.type !== 'notServing') this.checks.spells.noteAnswered(member, requestId);
            this.#requests.get(requestId)?.(answer);
          },
          stepped: (member, event) => {
            this.checks.check(member, event);
            options.onStep?.(member);
          },
          noted: (id, message) => {
            this.note(`${id} ${message}`);
            options.onNote?.(id, message);
          },
          removed: (member, copy) => this.#noteCopyGone(member, copy, null),
          wrote: (member, store, writes) => this.checks.ends.noteWritten(member, store, writes),
          fetchHistory: (member) => this.#fetchHistory(member),
        }),
      );
    }
  }

  /** A server alone, with a licence, and then the relationship. */
  begin(): void {
    const settings = { ...relationshipSettingsDefault, ...this.options.settings };
    this.members.get('A')?.invite({ ...soloConfig('A'), settings });
    this.runUntil(() => this.active !== undefined, 60_000);
    this.installLicense(this.options.units);
    this.#installUncovered();
    this.runFor(200);
    this.#serveRelationship();
    const settled = this.runUntil(() => this.isSettled(), 30_000);
    if (!settled) this.violated('9: the relationship was not established');
  }

  note(what: string): void {
    this.trace.push(`${this.agenda.nowMs.toFixed(0).padStart(7)} ${what}`);
  }

  get violations(): readonly string[] {
    return this.checks.violations;
  }

  violated(what: string): void {
    this.checks.violated(what);
  }

  addClients(): void {
    this.options.wishes.forEach((wish, i) => {
      this.clients.push(
        new Client(`c${i}`, wish, {
          agenda: this.agenda,
          random: this.random,
          servers: this.options.membership.members,
          numbered: this.options.numbered ?? false,
          request: (server, request, answered) => this.request(server, request, answered, `c${i}`),
          coverage: this.coverage,
          newLeaseId: () => `lease-${++this.#leaseCount}`,
          violated: (what) => this.violated(what),
          told: (lease) => this.checks.seats.told.set(lease.id, lease),
          ended: (leaseId) => this.checks.seats.ended.add(leaseId),
          lossIsExcused: (token, by) => this.#lossIsExcused(token, by),
          returnIsExcused: (leaseId) =>
            this.checks.excuses.excused || this.checks.excuses.leases.has(leaseId),
        }),
      );
    });
  }

  /**
   * Two served, or one that was not in sync, and the token had ended by the clock of the server asked; or
   * that server was put back, and believes no word of its own beyond the licence while it stands alone.
   */
  #lossIsExcused({ proof }: Token, by: string): boolean {
    const { excused, leases } = this.checks.excuses;
    const { ledger } = this.members.get(by)?.state ?? {};
    const hasEnded = ledger === undefined || ledgerMs(ledger.time) >= proof.endsAtMs;
    const isOwn = proof.signer === by;
    return leases.has(proof.lease.id) || (excused && (hasEnded || isOwn));
  }

  /** A stopped server gets another disk: a copy of an earlier time, or an empty one. */
  replaceDisk(member: Member, copy: SimulatedStore | null): void {
    this.checks.spells.noteDiskReplaced(member.id);
    this.#noteCopyGone(member.id, member.store, copy);
    member.replaceDisk(copy);
  }

  #noteCopyGone(id: string, gone: SimulatedStore | null, copy: SimulatedStore | null): void {
    const others = [...this.members.values()].flatMap(({ id: other, store }) =>
      store && other !== id ? [store] : [],
    );
    this.checks.excuses.noteCopyGone(gone, copy ? [...others, copy] : others);
  }

  /** One request over the network, with a time-out. `from`: the client, which can be parted from a server. */
  request(
    server: string,
    request: Unnumbered,
    answered: (answer: Answer | null, by: string) => void,
    from?: string,
  ): void {
    const requestId = ++this.#requestCount;
    const isParted = () => from !== undefined && this.isCut(from, server);
    let done = false;
    const finish = (answer: Answer | null) => {
      if (done) return;
      done = true;
      this.#requests.delete(requestId);
      answered(answer, server);
    };
    this.#requests.set(requestId, (answer) =>
      this.agenda.after(this.#delay(), () => !isParted() && finish(answer)),
    );
    this.agenda.after(this.#delay(), () => {
      if (isParted()) return;
      this.checks.spells.noteAsked(requestId);
      this.members.get(server)?.request({ ...request, requestId });
    });
    this.agenda.after(1_500, () => finish(null));
  }

  /** A server that is sure to be the active one, or believes it when none is. */
  get active(): Member | undefined {
    return [...this.members.values()]
      .filter((member) => member.isActive && !member.suspended)
      .sort((a, b) => (b.state?.term.number ?? 0) - (a.state?.term.number ?? 0))[0];
  }

  runFor(ms: number): void {
    const endMs = this.agenda.nowMs + ms;
    while (this.violations.length === 0 && this.agenda.runNext(endMs));
    this.agenda.nowMs = Math.max(this.agenda.nowMs, endMs);
  }

  runUntil(condition: () => boolean, withinMs: number): boolean {
    const endMs = this.agenda.nowMs + withinMs;
    while (!condition()) {
      if (this.violations.length > 0 || !this.agenda.runNext(endMs)) return condition();
    }
    return true;
  }

  /** A member that stood still goes on. */
  wake(member: Member): void {
    if (!member.suspended) return;
    member.suspended = false;
    this.checks.spells.noteWoken(member);
  }

  isCut(from: string, to: string): boolean {
    return this.cut.has(`${from}>${to}`);
  }

  /** The membership is what the admin wants, and everything is written. */
  isSettled(): boolean {
    const config = this.active?.store?.tables.config;
    if (!config || config.placed !== this.placed || config.learners) return false;
    const { members, witness, rule } = config.membership;
    return (
      JSON.stringify({ members, witness, rule }) === JSON.stringify(describeGoal(this.goal)) &&
      [...this.members.values()].every(
        ({ id, store }) => (store !== null) === (members.includes(id) || witness === id),
      )
    );
  }

  /** Another version of the licence, by the active. */
  installLicense(units: number): void {
    const serial = this.serial++;
    this.checks.seats.noteCap(units);
    const license = makeVerified({
      serial,
      units,
      ttlSeconds: ttlMs / 1000,
      feature: 'cad',
      redundancy: 'pool',
      borrow: { maxDays: 2, maxUnits: 1 },
    });
    this.#admin({
      type: 'licensesImported',
      licenses: [license],
      fileName: 'f',
      dryRun: false,
    });
  }

  /** An admin takes one of the leases away that live at the active; which: 0 to less than 1. */
  release(which: number): void {
    const { active } = this;
    const ids = [...(active?.state?.ledger.leases.keys() ?? [])];
    const leaseId = ids[Math.floor(which * ids.length)];
    if (!active || leaseId === undefined) return;
    this.note(`release ${leaseId} at ${active.id}`);
    for (const client of this.clients) client.noteReleased(leaseId);
    this.request(active.id, { type: 'releaseRequested', leaseId }, (answer) => {
      if (answer?.type !== 'leaseEnded') return;
      this.coverage.released++;
      this.checks.seats.ended.add(leaseId);
    });
  }

  rollBack(): void {
    this.#admin({ type: 'rollbackRequested', licenseId: 'lic-cad' });
  }

  #installUncovered(): void {
    const license = makeVerified({
      id: 'lic-local',
      feature: 'local',
      units: 2,
      ttlSeconds: ttlMs / 1000,
      redundancy: 'none',
    });
    this.#admin({
      type: 'licensesImported',
      licenses: [license],
      fileName: 'f',
      dryRun: false,
    });
  }

  #admin(request: Unnumbered): void {
    const { active } = this;
    if (!active) return;
    this.request(active.id, request, (answer) => {
      if (answer?.type !== 'licensesChanged') return;
      const change = answer.changes.find(({ id }) => id === 'lic-cad');
      if (change) this.checks.licenses.noteInstalled(active, change.serial);
    });
  }

  /** What the relationship service of the active server does: one step at a time to the goal. */
  #serveRelationship(): void {
    this.agenda.after(400, () => {
      this.#stepTowardsGoal();
      this.#serveRelationship();
    });
  }

  #stepTowardsGoal(): void {
    const { active } = this;
    if (!active?.state || this.#configUnderWay) return;
    const { config } = active.state.ledger;
    const next = this.#nextConfig(config, active);
    if (!next) return;
    this.note(`${active.id} asks for ${describeConfig(next)}`);
    this.#configUnderWay = true;
    this.request(
      active.id,
      { type: 'configRequested', config: next, message: 'm', kind: 'relationshipChanged' },
      (answer) => {
        this.#configUnderWay = false;
        this.note(`${describeConfig(next)}: ${answer?.type ?? 'no answer'}`);
      },
    );
    if (this.options.wishes.length > 0 && this.random.chance(0.5)) this.#hurry(next, active);
  }

  /** Asks for the step after the one under way as well: it has to wait. */
  #hurry(config: LedgerConfig, active: Member): void {
    const next = this.#nextConfig(config, active);
    if (!next) return;
    this.request(
      active.id,
      { type: 'configRequested', config: next, message: 'm', kind: 'relationshipChanged' },
      (answer) => this.note(`at once ${describeConfig(next)}: ${answer?.type ?? 'no answer'}`),
    );
  }

  #nextConfig(config: LedgerConfig, active: Member): LedgerConfig | null {
    const forgetful = this.#forgetfulVoter(config, active);
    if (forgetful !== undefined) {
      return stepTo(config, { learners: [...(config.learners ?? []), forgetful] });
    }
    // Nobody takes more voters out while one is replaced.
    const isReplaced = ({ id, hasForgotten }: Member) =>
      hasForgotten && config.membership.members.includes(id) && !config.learners?.includes(id);
    if ([...this.members.values()].some(isReplaced)) return null;
    const placed = this.placed !== null && config.membership.members.includes(this.placed);
    const want = placed ? this.placed : null;
    if (config.placed !== want) return stepTo(config, { placed: want });
    const ready = active.state ? synchronisedMembers(active.state) : [];
    const membership = nextStep(config.membership, this.goal, active.id, ready);
    if (!membership) {
      const stays = this.goal.members.includes(active.id);
      const to = this.goal.members.find((id) => config.membership.members.includes(id));
      if (!stays && to !== undefined) active.step({ type: 'switchoverRequested', to });
      return null;
    }
    // One that was taken out and has not heard of it could still serve by the former rule.
    const others = [...this.members.values()].filter(({ id }) => id !== active.id);
    const isNewRule = membership.rule !== config.membership.rule;
    if (isNewRule && others.some(({ store }) => store !== null)) return null;
    // A member that goes may be the only one that has all of the history.
    const shrinks = membership.members.length < config.membership.members.length;
    // Two that take each other out make two ledgers of one (docs/protocol.md, limits).
    const actives = [...this.members.values()].filter((member) => member.isActive);
    if (shrinks && actives.length > 1) return null;
    if (shrinks && (active.store?.missing || this.checks.convergence.lacksHistory(active)))
      return null;
    const keepsPlaced = config.placed === null || membership.members.includes(config.placed);
    return stepTo(config, { membership, placed: keepsPlaced ? config.placed : null });
  }

  /** Under `majority`, a member that can be reached and says that it does not have the ledger. */
  #forgetfulVoter({ membership, learners }: LedgerConfig, active: Member): string | undefined {
    if (membership.rule !== 'majority') return undefined;
    return membership.members.find((id) => {
      const member = this.members.get(id);
      if (!member?.hasForgotten || !member.isUp || learners?.includes(id)) return false;
      return !this.isCut(active.id, id) && !this.isCut(id, active.id);
    });
  }

  /**
   * History that an image left out is taken from the active, or from a member that is synchronised with
   * it and lacks nothing: another can still have what came to nothing. When there is none, the active puts together what everybody else still has.
   */
  #fetchHistory({ id, state, store }: Member): void {
    if (state && store && store.gaps.length > 0) {
      for (const other of this.members.values()) {
        if (other.id === id || !other.store || !other.isUp || this.isCut(id, other.id)) continue;
        if (!this.isCut(other.id, id)) store.fillSpells(other.store);
      }
    }
    if (!state || !store?.missing) return;
    const { members } = state.ledger.config.membership;
    const others = members.filter((other) => other !== id).map((other) => this.members.get(other));
    const synchronised = synchronisedMembers(state);
    const reached = others.filter(
      (other) =>
        other !== undefined &&
        (other.id === state.active || synchronised.includes(other.id)) &&
        other.state?.active === state.active &&
        !this.isCut(id, other.id) &&
        !this.isCut(other.id, id),
    );
    const { usageUpTo, eventsUpTo } = store.missing;
    const complete = reached
      .filter((other) => {
        const { usageSequence = 0, eventSequence = 0 } = other?.store?.tables.meta ?? {};
        const reaches = usageSequence >= usageUpTo && eventSequence >= eventsUpTo;
        return other?.store?.missing === null && reaches;
      })
      .sort((a, b) => Number(b?.isActive) - Number(a?.isActive))[0];
    if (complete?.store) {
      store.takeHistory(complete.store);
      store.missing = null;
    } else if (state.role.type === 'active' && reached.length === others.length) {
      for (const other of reached) if (other?.store) store.takeHistory(other.store);
      for (const other of reached) if (other?.store) store.fillGaps(other.store);
      store.missing = null;
    }
  }

  #delay(): number {
    return this.random.int(0, this.delayMsMax);
  }

  #send(from: string, to: string, message: PeerMessage): void {
    if (this.isCut(from, to) || this.random.chance(this.lossRate)) return;
    const copy = structuredClone(message);
    const deliver = () =>
      this.agenda.after(this.#delay(), () => {
        if (!this.isCut(from, to)) this.#deliver(from, to, copy);
      });
    deliver();
    if (this.lossRate > 0 && this.random.chance(this.lossRate)) deliver();
  }

  #deliver(from: string, to: string, message: PeerMessage): void {
    const receiver = this.members.get(to);
    const config = this.members.get(from)?.store?.tables.config;
    if (!receiver || (!receiver.store && !config)) return;
    // A server keeps the ledger from when a member speaks to it that counts it in.
    if (!receiver.store && config && 'configVersion' in message && message.type !== 'notMember') {
      const { members, witness } = config.membership;
      const serves = message.type === 'heartbeat' || message.type === 'rows';
      // One that has forgotten what it promised must not count before it has everything.
      const mayCount = !receiver.hasForgotten || config.learners?.includes(to) === true;
      const takesPart = (members.includes(to) && mayCount) || witness === to;
      if (takesPart) receiver.invite(structuredClone(config), serves);
    }
    receiver.step({ type: 'messageReceived', from, message });
  }
}

/** Three stand ready at least, since an admin may want as many. */
function serversOf({ membership }: ClusterOptions): string[] {
  const { members } = membership;
  return members.length > 3 ? members : ['A', 'B', 'C'];
}

function describeGoal({ members, witness, rule }: Membership): Membership {
  return { members, witness, rule };
}

export function describeConfig({ version, membership, placed }: LedgerConfig): string {
  const { members, witness, rule } = membership;
  const all = witness === null ? members.join('') : `${members.join('')}+${witness}`;
  return `v${version} ${all} ${rule}${placed === null ? '' : ` placed ${placed}`}`;
}
