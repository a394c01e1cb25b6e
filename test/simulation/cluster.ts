import type { Lease } from '../../src-shared/model/lease.ts';
import type { CoreEvent } from '../../src-main/node/core/event.ts';
import { currentGrant } from '../../src-main/node/core/ledger.ts';
import type { PeerMessage } from '../../src-main/node/core/replica/message.ts';
import { hasQuorum } from '../../src-main/node/core/replica/replicating.ts';
import type {
  Membership,
  ReplicaState,
  Timing,
} from '../../src-main/node/core/replica/replica-state.ts';
import { makeGrant } from '../support/core-host.ts';
import { Agenda } from './agenda.ts';
import { Client, ttlMs } from './client.ts';
import { type Answer, Member } from './member.ts';
import { Random } from './random.ts';

export interface ClusterOptions {
  seed: number;
  membership: Membership;
  timing: Timing;
  clients: number;
  units: number;
}

type Request = Extract<CoreEvent, { requestId: number }>;

/** Sure to be the active one: it answers clients. */
function serves(state: ReplicaState): boolean {
  if (state.unsureSinceMs !== null) return false;
  return state.membership.rule === 'continuity' || hasQuorum(state, state.timing.takeoverAfterMs);
}

/** Servers, clients and the network between them, all from one seed. */
export class Cluster {
  readonly agenda = new Agenda();
  readonly random: Random;
  readonly members = new Map<string, Member>();
  readonly clients: Client[] = [];
  readonly violations: string[] = [];
  readonly options: ClusterOptions;
  /** Ordered pairs between which nothing passes. */
  readonly cut = new Set<string>();
  lossRate = 0;
  delayMsMax = 4;
  /** Leases whose end a client was told. */
  readonly ended = new Set<string>();
  readonly told = new Map<string, Lease>();
  /** Two members were active at once since the last time when all were one. */
  twoActives = false;
  everTwoActives = false;
  /** A member took over that was not in sync. */
  lossyTakeover = false;
  #requests = new Map<number, (answer: Answer) => void>();
  #requestCount = 0;
  #leaseCount = 0;
  #seenTerms = new Map<string, string>();
  readonly trace: string[] = [];

  constructor(options: ClusterOptions) {
    this.options = options;
    this.random = new Random(options.seed);
    const { members, witness } = options.membership;
    for (const id of witness === null ? members : [...members, witness]) {
      this.members.set(
        id,
        new Member(id, options.membership, options.timing, {
          agenda: this.agenda,
          random: this.random,
          send: (from, to, message) => this.#send(from, to, message),
          answered: (_, requestId, answer) => this.#requests.get(requestId)?.(answer),
          stepped: (member) => this.#check(member),
        }),
      );
    }
    for (const member of this.members.values()) member.start();
    this.#installLicence();
  }

  note(what: string): void {
    this.trace.push(`${this.agenda.nowMs.toFixed(0).padStart(7)} ${what}`);
  }

  violated(what: string): void {
    this.note(`VIOLATION ${what}`);
    if (this.violations.length < 20) this.violations.push(what);
  }

  addClients(): void {
    for (let i = 0; i < this.options.clients; i++) {
      this.clients.push(
        new Client(`c${i}`, {
          agenda: this.agenda,
          random: this.random,
          servers: this.options.membership.members,
          request: (server, request, answered) =>
            this.request(server, (requestId) => ({ ...request, requestId }), answered),
          newLeaseId: () => `lease-${++this.#leaseCount}`,
          violated: (what) => this.violated(what),
          told: (lease) => this.told.set(lease.id, lease),
          ended: (leaseId) => this.ended.add(leaseId),
          lossIsExcused: () => this.lossyTakeover,
        }),
      );
    }
  }

  /** One request over the network, with a time-out. */
  request(
    server: string,
    make: (requestId: number) => Request,
    answered: (answer: Answer | null) => void,
  ): void {
    const requestId = ++this.#requestCount;
    let done = false;
    const finish = (answer: Answer | null) => {
      if (done) return;
      done = true;
      this.#requests.delete(requestId);
      answered(answer);
    };
    this.#requests.set(requestId, (answer) =>
      this.agenda.after(this.#delay(), () => finish(answer)),
    );
    this.agenda.after(this.#delay(), () =>
      this.members.get(server)?.step({ type: 'requestReceived', request: make(requestId) }),
    );
    this.agenda.after(1_500, () => finish(null));
  }

  get active(): Member | undefined {
    return [...this.members.values()].find((member) => member.isActive && !member.suspended);
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

  isCut(from: string, to: string): boolean {
    return this.cut.has(`${from}>${to}`);
  }

  #delay(): number {
    return this.random.int(0, this.delayMsMax);
  }

  #send(from: string, to: string, message: PeerMessage): void {
    if (this.isCut(from, to) || this.random.chance(this.lossRate)) return;
    const copy = structuredClone(message);
    const deliver = () =>
      this.agenda.after(this.#delay(), () => {
        if (this.isCut(from, to)) return;
        this.members.get(to)?.step({ type: 'messageReceived', from, message: copy });
      });
    deliver();
    if (this.lossRate > 0 && this.random.chance(this.lossRate)) deliver();
  }

  #installLicence(): void {
    this.runUntil(() => this.active !== undefined, 60_000);
    const grant = makeGrant({
      units: this.options.units,
      ttlSeconds: ttlMs / 1000,
      feature: 'cad',
    });
    let installed = false;
    while (!installed && this.violations.length === 0) {
      const server = this.active?.id;
      if (server === undefined) {
        this.runFor(100);
        continue;
      }
      this.request(
        server,
        (requestId) => ({
          type: 'licensesImported',
          requestId,
          licenses: [{ grant, signedText: '', vendorKeyId: 'v' }],
          fileName: 'f',
          dryRun: false,
        }),
        (answer) => {
          installed ||= answer?.type === 'licensesChanged';
        },
      );
      this.runFor(2_000);
    }
  }

  #check(member: Member): void {
    const { state } = member;
    if (!state) return;
    const key = `${state.term.number}/${state.term.member}`;
    if (state.role.type === 'active' && serves(state)) {
      // 1. One active in a term.
      const holder = this.#seenTerms.get(key);
      if (holder !== undefined && holder !== member.id) this.violated(`1: two actives in ${key}`);
      if (holder === undefined) this.#noteTakeover(member, key);
      this.#checkEnded(member);
      this.#checkCap(member);
    }
    if (this.options.membership.rule === 'majority') this.#checkLogs(member);
  }

  #noteTakeover(member: Member, key: string): void {
    this.#seenTerms.set(key, member.id);
    this.note(`${member.id} is active in ${key}`);
    const rivals = [...this.members.values()].filter((other) => other !== member && other.isActive);
    if (rivals.length > 0) {
      this.twoActives = true;
      this.everTwoActives = true;
    }
    const { rule } = this.options.membership;
    if (rule === 'continuity' && !this.#wasInSync(member)) {
      this.note(`${member.id} was not in sync`);
      this.lossyTakeover = true;
    }
    const ledger = member.state?.ledger;
    if (!ledger || (rule === 'continuity' && (this.lossyTakeover || this.everTwoActives))) return;
    for (const client of this.clients) {
      const lease = client.sureOf;
      if (lease && !ledger.leases.has(lease.id)) {
        this.violated(`4: ${member.id} took over without ${lease.id}`);
      }
    }
  }

  /** The active before it had not acknowledged anything without this member. */
  #wasInSync(member: Member): boolean {
    const before = [...this.members.values()]
      .filter((other) => other !== member && other.store.term.member === other.id)
      .sort((a, b) => b.store.term.number - a.store.term.number)[0];
    return !before || before.store.syncSet.includes(member.id);
  }

  #checkEnded(member: Member): void {
    if (this.options.membership.rule === 'continuity' && this.lossyTakeover) return;
    const { state } = member;
    if (!state?.ledger) return;
    for (const leaseId of this.ended) {
      if (!state.ledger.leases.has(leaseId)) continue;
      if (this.options.membership.rule === 'majority' || !this.twoActives) {
        if (this.options.membership.rule === 'majority' && state.commitIndex < 1) continue;
        this.violated(`5: ${leaseId} was ended and lives at ${member.id}`);
      }
    }
  }

  #checkCap(member: Member): void {
    const { state } = member;
    const license = state?.ledger?.licenses.get('lic-cad');
    if (!state?.ledger || !license) return;
    const cap = currentGrant(license).units;
    const told = this.clients.reduce((sum, client) => sum + client.units, 0);
    if (this.options.membership.rule === 'majority') {
      if (told > cap) this.violated(`2: clients rely on ${told} of ${cap} units`);
    } else if (told > cap && !this.everTwoActives && !this.lossyTakeover) {
      this.violated(`3: clients rely on ${told} of ${cap} units without two actives`);
    }
    const { overdraft } = state.ledger.meta;
    if (overdraft && !this.everTwoActives && !this.lossyTakeover) {
      this.violated('3: overdraft without two actives');
    }
  }

  /** 6. Committed entries are the same everywhere. */
  #checkLogs(member: Member): void {
    const { state } = member;
    if (!state) return;
    for (const other of this.members.values()) {
      if (other === member || !other.state) continue;
      const index = Math.min(state.commitIndex, other.state.commitIndex);
      const a = state.log.entries[index - state.log.base.index - 1];
      const b = other.state.log.entries[index - other.state.log.base.index - 1];
      if (a && b && (a.term.number !== b.term.number || a.term.member !== b.term.member)) {
        this.violated(`6: entry ${index} differs at ${member.id} and ${other.id}`);
      }
    }
  }
}
