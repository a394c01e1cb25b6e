import type {
  LedgerConfig,
  LedgerRelationship,
  Membership,
} from '../../src-shared/model/ledger-config.ts';
import { primaryOf, soloConfig } from '../../src-shared/model/ledger-config.ts';
import {
  type RelationshipSettings,
  relationshipSettingsDefault,
} from '../../src-shared/model/relationship.ts';
import type { Lease } from '../../src-shared/model/lease.ts';
import type { LedgerState } from '../../src-main/node/core/ledger/ledger.ts';
import { ledgerMs, observeClock } from '../../src-main/node/core/ledger/ledger-time.ts';
import { rowLifeMsDefault } from '../../src-main/node/core/ledger/row-life.ts';
import type { LogLimits, ReplicaState } from '../../src-main/node/core/replica/replica-state.ts';
import type { MemoryLedger } from '../support/memory-ledger.ts';
import { Admin, same } from './admin.ts';
import { Agenda } from './agenda.ts';
import { type Asker, Client, type Token, type Unnumbered, type Wish } from './client.ts';
import { isKnownAsTold } from './known-as-told.ts';
import { createCoverage } from './coverage.ts';
import { HistoryFetching } from './history-fetching.ts';
import { Invariants } from './invariants/invariants.ts';
import { type Answer, Member } from './member.ts';
import { Network } from './network.ts';
import { Random } from './random.ts';
import { Reconciling } from './reconciling.ts';
import { whyDropped, whyUnreadable } from './spoken.ts';

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
  /** All servers of which one can get the ledger; those of the relationship, three at least, by default. */
  servers?: readonly string[];
  /** `pool` by default. */
  kind?: LedgerRelationship['kind'];
  /** What an admin makes of the relationship; by default its rule and its servers change. */
  variants?: readonly Membership[];
  /** Of the same servers, another ledger: they have the time and the network in common. */
  beside?: Cluster | undefined;
  /** Called after every step of a server. */
  onStep?(member: Member): void;
  /** Called with what a server puts into its own journal. */
  onNote?(id: string, message: string): void;
}

/** Servers, clients, an admin and the network between them, all from one seed. */
export class Cluster {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly members = new Map<string, Member>();
  readonly clients: Client[] = [];
  readonly options: ClusterOptions;
  readonly checks: Invariants;
  readonly coverage = createCoverage();
  /** Life of a row under `continuity` at least, in milliseconds. */
  readonly rowLifeMs: number;
  readonly network: Network;
  readonly admin: Admin;
  readonly reconciling: Reconciling;
  readonly history: HistoryFetching;
  readonly trace: string[] = [];
  /** A long text for each step is made only when somebody reads it. */
  quiet = true;
  #requests = new Map<number, (answer: Answer) => void>();
  readonly #askers = new Map<number, Asker>();
  /** Of a server that was started anew nobody waits for an answer. */
  readonly #ordered = new WeakMap<ReplicaState, Set<LedgerConfig>>();
  #requestCount = 0;
  #leaseCount = 0;
  #bootCount = 0;
  /** It takes half the time again, so that one run of many has to do it. */
  readonly #looksAtShapes: boolean;

  constructor(options: ClusterOptions) {
    this.options = options;
    this.agenda = options.beside?.agenda ?? new Agenda();
    this.rowLifeMs = options.rowLifeMs ?? rowLifeMsDefault;
    this.random = new Random(options.seed);
    this.#looksAtShapes = options.seed % 16 === 1;
    this.checks = new Invariants(this);
    this.admin = new Admin(this, options.membership);
    this.reconciling = new Reconciling(this);
    this.history = new HistoryFetching(this);
    this.network = new Network(
      {
        agenda: this.agenda,
        random: this.random,
        member: (id) => this.members.get(id),
        sent: (from, message) => {
          const why = this.#looksAtShapes ? whyDropped(message) : undefined;
          if (why !== undefined)
            this.violated(`what ${from} says is dropped: ${message.type} ${why}`);
        },
        strangeLedger: (member, at) => this.reconciling.inviteAgain(member, at),
      },
      options.beside?.network.weather,
    );
    this.#addMembers();
  }

  #addMembers(): void {
    const { options } = this;
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
          send: (from, to, message) => this.network.send(from, to, message),
          ticks: (member) => this.network.compareClocks(member),
          answered: (member, requestId, answer) => {
            if (answer.type !== 'notServing') this.checks.spells.noteAnswered(member, requestId);
            this.#requests.get(requestId)?.(answer);
          },
          asked: (member, requests) => this.checks.tokens.noteAsked(member, requests),
          decides: (requests) => {
            for (const { requestId } of requests) this.#askers.get(requestId)?.decides?.();
          },
          stepped: (member, event) => {
            this.checks.check(member, event);
            options.onStep?.(member);
          },
          noted: (id, message) => {
            this.note(`${id} ${message}`);
            options.onNote?.(id, message);
          },
          refused: (member, from, why) => this.note(`${member} refuses ${from}: ${why}`),
          removed: (member, copy) => this.#noteCopyGone(member, copy, null),
          wrote: (member, store, writes) => {
            const why = this.#looksAtShapes ? whyUnreadable(writes) : undefined;
            if (why !== undefined) this.violated(`what ${member} writes could not be read: ${why}`);
            this.checks.ends.noteWritten(member, store, writes);
          },
          forgot: (member, active) => this.network.tellStrange(member, active),
          missedHistory: (member) => this.history.look(member),
        }),
      );
    }
  }

  /** A server alone, with a licence, and then the relationship. */
  begin(): void {
    const settings = { ...relationshipSettingsDefault, ...this.options.settings };
    const primary = primaryOf(this.options.membership);
    this.members.get(primary)?.invite({ ...soloConfig(primary), settings });
    this.runUntil(() => this.active !== undefined, 60_000);
    this.admin.installLicense(this.options.units);
    this.admin.installUncovered();
    this.runFor(200);
    this.admin.begin();
    this.reconciling.begin();
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
          request: (...request) => this.request(...request),
          coverage: this.coverage,
          newLeaseId: () => `lease-${++this.#leaseCount}`,
          violated: (what) => this.violated(what),
          told: (lease) => this.checks.seats.told.set(lease.id, lease),
          ended: (leaseId) => this.checks.seats.ended.add(leaseId),
          lossIsExcused: (token, by) => this.#lossIsExcused(token, by),
          isKnownAsTold: (told, by) => isKnownAsTold(this.members, by, told),
          bootOf: (server) => this.members.get(server)?.state?.boot,
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
    const server = this.members.get(by);
    const { ledger } = server?.state ?? {};
    const hasEnded = !server || !ledger || timeNow(server, ledger) >= proof.endsAtMs;
    const isOwn = proof.signer === by;
    if (leases.has(proof.lease.id) || (excused && (hasEnded || isOwn))) return true;
    return excused && ledger !== undefined && this.#goesOnAsLater(proof.lease, ledger);
  }

  /**
   * A server that could not be reached carried out later what the client had asked it for first. A client that
   * does not number its requests has its seat there by that one, and gets it when it asks.
   */
  #goesOnAsLater({ holder, licenseId, grantedAtMs }: Lease, { leases }: LedgerState): boolean {
    if (this.options.numbered === true) return false;
    return [...leases.values()].some(
      (one) =>
        one.holder.instance === holder.instance &&
        one.licenseId === licenseId &&
        one.grantedAtMs > grantedAtMs,
    );
  }

  /** A stopped server gets another disk: a copy of an earlier time, or an empty one. */
  replaceDisk(member: Member, copy: MemoryLedger | null, isNoticed = false): void {
    this.checks.spells.noteDiskReplaced(member.id);
    this.#noteCopyGone(member.id, member.store, copy);
    if (copy && this.checks.excuses.timeWasSet) this.#noteEndsForgotten(member.id, copy);
    member.replaceDisk(copy, isNoticed);
  }

  #noteCopyGone(id: string, gone: MemoryLedger | null, copy: MemoryLedger | null): void {
    const others = this.#storesBeside(id);
    this.checks.excuses.noteCopyGone(gone, copy ? [...others, copy] : others);
  }

  #noteEndsForgotten(id: string, copy: MemoryLedger): void {
    const { ends, excuses } = this.checks;
    for (const leaseId of ends.forgetEndsOf(copy, this.#storesBeside(id))) {
      this.note(`that ${leaseId} ended is forgotten`);
      excuses.leases.add(leaseId);
    }
  }

  #storesBeside(id: string): MemoryLedger[] {
    return [...this.members.values()].flatMap(({ id: other, store }) =>
      store && other !== id ? [store] : [],
    );
  }

  /** One request over the network, with a time-out. A client that asks can be parted from a server. */
  request(
    server: string,
    request: Unnumbered,
    answered: (answer: Answer | null, by: string) => void,
    asker?: Asker,
  ): void {
    const requestId = ++this.#requestCount;
    if (asker) this.#askers.set(requestId, asker);
    const isParted = () => asker !== undefined && this.network.isCut(asker.instance, server);
    let done = false;
    const finish = (answer: Answer | null) => {
      if (done) return;
      done = true;
      this.#requests.delete(requestId);
      this.#askers.delete(requestId);
      answered(answer, server);
    };
    this.#requests.set(requestId, (answer) =>
      this.agenda.after(this.network.delayMs(), () => !isParted() && finish(answer)),
    );
    this.agenda.after(this.network.delayMs(), () => {
      if (isParted()) return;
      this.checks.spells.noteAsked(requestId);
      this.members.get(server)?.request({ ...request, requestId });
    });
    this.agenda.after(1_500, () => finish(null));
  }

  /** A step of the configuration, by the server that serves. */
  order(
    member: Member,
    config: LedgerConfig,
    answered: (answer: Answer | null) => void = () => undefined,
  ): void {
    const requestId = ++this.#requestCount;
    this.note(`${member.id} asks for ${describeConfig(config)}`);
    const ordered = this.#orderedOf(member.state);
    ordered.add(config);
    this.#requests.set(requestId, (answer) => {
      this.#requests.delete(requestId);
      ordered.delete(config);
      this.note(`${describeConfig(config)}: ${answer.type}`);
      answered(answer);
    });
    const kind = 'relationshipChanged';
    member.request({ type: 'configRequested', config, message: 'm', kind, requestId });
  }

  /** Steps that it was asked for and has not answered: it is about to decide them, or they are not committed. */
  ordersAt({ state }: Member): readonly LedgerConfig[] {
    return [...this.#orderedOf(state)];
  }

  #orderedOf(state: ReplicaState | null): Set<LedgerConfig> {
    const ordered = (state && this.#ordered.get(state)) ?? new Set();
    if (state) this.#ordered.set(state, ordered);
    return ordered;
  }

  /** Asks another server; see `Network.call`. */
  call<T>(
    from: Member,
    to: string,
    ask: (other: Member) => T | null,
    answered: (answer: T | null) => void,
  ): void {
    this.network.call(from, to, ask, answered);
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

  /** The membership is what the admin wants, and everything is written. */
  isSettled(): boolean {
    const config = this.active?.store?.config;
    if (!config || config.learners || !this.admin.isHeardBy(config)) return false;
    const { members, witness } = config.membership;
    return (
      same(config.membership, this.admin.goal) &&
      [...this.members.values()].every(
        ({ id, store }) => (store !== null) === (members.includes(id) || witness === id),
      )
    );
  }
}

/** Three stand ready at least, since an admin may want as many. */
function serversOf({ membership, servers }: ClusterOptions): readonly string[] {
  if (servers) return servers;
  const { members } = membership;
  return members.length > 3 ? members : ['A', 'B', 'C'];
}

export function describeConfig({ version, membership, placed }: LedgerConfig): string {
  const { members, witness, rule } = membership;
  const all = witness === null ? members.join('') : `${members.join('')}+${witness}`;
  return `v${version} ${all} ${rule}${placed === null ? '' : ` placed ${placed}`}`;
}

/** The ledger's time by which a server is about to decide, in ms: every step begins with a look at the clock. */
function timeNow(server: Member, { time }: LedgerState): number {
  const now = { ...time };
  observeClock(now, server.instant());
  return ledgerMs(now);
}
