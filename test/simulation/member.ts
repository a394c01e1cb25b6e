import type { LedgerConfig } from '../../src-shared/model/ledger-config.ts';
import type { Reply } from '../../src-main/node/core/ledger/reply.ts';
import type { Instant } from '../../src-main/node/core/ledger/event.ts';
import type { PeerMessage } from '../../src-main/node/core/replica/message.ts';
import type {
  NotServing,
  ReplicaEffect,
  Write,
} from '../../src-main/node/core/replica/replica-effect.ts';
import type {
  LedgerRequest,
  ReplicaEvent,
} from '../../src-main/node/core/replica/replica-event.ts';
import {
  type LogLimits,
  mayHaveForgotten,
  type ReplicaState,
} from '../../src-main/node/core/replica/replica-state.ts';
import { noTerm } from '../../src-main/node/core/replica/term.ts';
import { needsNewBoot } from '../../src-main/node/core/replica/suspension.ts';
import { createReplica, stepReplica } from '../../src-main/node/core/replica/replica.ts';
import { startMs } from '../support/core-host.ts';
import { Arrivals, MemoryHistory } from '../support/memory-history.ts';
import { MemoryLedger } from '../support/memory-ledger.ts';
import { LedgerBoots } from '../../src-main/node/replicas/ledger-boots.ts';
import { answerStranger, refuseMessage } from '../../src-main/node/replicas/message-guard.ts';
import type { Agenda } from './agenda.ts';
import { type Coverage, coverStep } from './coverage.ts';
import type { Random } from './random.ts';
import { asJson } from './as-json.ts';
import { MemberBoots } from './member-boots.ts';

export type Answer = Reply | NotServing;

export interface MemberPorts {
  agenda: Agenda;
  random: Random;
  limits: LogLimits;
  names: ReadonlyMap<string, string>;
  /** Life of a row under `continuity` at least. */
  rowLifeMs: number;
  /** A name for a start that no other one has. */
  newBoot(): string;
  send(from: string, to: string, message: PeerMessage): void;
  /** Before its clock ticks. */
  ticks(member: Member): void;
  answered(member: Member, requestId: number, answer: Answer): void;
  /** Before requests are decided. */
  asked(member: Member, requests: readonly LedgerRequest[]): void;
  /** Before a step that may decide these, of which a handover may have held some back. */
  decides(requests: readonly LedgerRequest[]): void;
  stepped(member: Member, event: ReplicaEvent): void;
  noted(member: string, message: string): void;
  coverage: Coverage;
  /** A message of another server did not reach the ledger. */
  refused(member: string, from: string, why: string): void;
  /** The server was taken out and dropped its copy. */
  removed(member: string, copy: MemoryLedger | null): void;
  /** This is on its disk. */
  wrote(member: string, store: MemoryLedger, writes: readonly Write[]): void;
  /** It asks who serves to be counted out, since it may have forgotten what it promised. */
  forgot(member: Member, active: string): void;
  /** It is on its disk that some of the history is elsewhere. */
  missedHistory(member: Member): void;
}

/**
 * One server: the real replica, a simulated clock and disk, and a runner as the real one must be. It
 * has the ledger from the first message of a member on until it is told that it is no member.
 */
export class Member {
  store: MemoryLedger | null = null;
  state: ReplicaState | null = null;
  isUp = true;
  suspended = false;
  /** It was noticed that some of its data is missing, and that was not given back yet. */
  isIncomplete = false;
  /** The version of the configuration by which it was taken out, kept on its disk. */
  takenOutIn = -1;
  suspendedAtMs = 0;
  /** Slow disks take this much longer. */
  diskSlowness = 1;
  diskFails = false;
  wallOffsetMs = 0;
  /** Time in which the monotonic clock stood still. */
  monotonicLagMs = 0;
  readonly drift: number;
  #queue: ReplicaEffect[] = [];
  #writing = false;
  /** Rises at every stop, so that what was planned before does not happen after. */
  #life = 0;
  #inbox: LedgerRequest[] = [];
  /** The newest of each other server, found while this one stood still. */
  readonly #evidence = new Map<string, ReplicaEvent>();
  /** Of the ledger; it stays when the ledger is given up, as history of this server. */
  #history: MemoryHistory | null = null;
  readonly #boots: MemberBoots;
  readonly #ledgerBoots: LedgerBoots;
  readonly id: string;
  readonly #ports: MemberPorts;

  constructor(id: string, ports: MemberPorts) {
    this.id = id;
    this.#ports = ports;
    this.#boots = new MemberBoots(ports.newBoot);
    this.#ledgerBoots = new LedgerBoots(this.#boots);
    this.drift = 1 + (ports.random.next() - 0.5) * 0.0002;
  }

  /** It stands still until it is woken. */
  suspend(): void {
    if (!this.suspended) this.suspendedAtMs = this.#ports.agenda.nowMs;
    this.suspended = true;
  }

  get isActive(): boolean {
    return this.state?.role.type === 'active';
  }

  /** Gets the ledger to keep, which it has nothing of yet. */
  invite(config: LedgerConfig, term = noTerm): void {
    if (this.store || !this.isUp) return;
    this.takenOutIn = -1;
    this.#history ??= new MemoryHistory('ledger', new Arrivals());
    this.store = MemoryLedger.called(this.id, config, this.#history, term);
    this.#run(this.store);
  }

  /** Gives the ledger up, since the configuration of this version has no place for this server. */
  drop(configVersion: number): void {
    this.#ports.noted(this.id, 'is no member any longer');
    this.#ports.removed(this.id, this.store);
    this.#history?.forgetGaps(() => true);
    this.isIncomplete = false;
    this.takenOutIn = configVersion;
    this.store = null;
    if (this.state) this.#ledgerBoots.noteGivenUp('ledger', this.state.boot);
    this.#halt();
  }

  /** Calls back as soon as this server does not stand still, unless it is started anew before. */
  whenAwake(run: () => void): void {
    const life = this.#life;
    const wait = () => {
      if (life !== this.#life) return;
      if (this.suspended) this.#ports.agenda.after(50, wait);
      else run();
    };
    wait();
  }

  start(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.suspended = false;
    this.#boots.noteStart();
    if (this.store) this.#run(this.store);
  }

  #run(store: MemoryLedger): void {
    this.#life++;
    this.state = createReplica(
      asJson(store.read()),
      {
        serverId: this.id,
        demoVendorKeyId: 'demo',
        newLedgerId: 'ledger',
        limits: this.#ports.limits,
        names: this.#ports.names,
        boot: this.#ledgerBoots.begin('ledger'),
        rowLifeMs: this.#ports.rowLifeMs,
        incomplete: this.isIncomplete,
      },
      this.instant(),
    );
    this.#tickLater(this.#life);
    this.#probeLater(this.#life);
  }

  /** A copy of what is durable now. */
  copyDisk(): MemoryLedger | null {
    return this.store?.copy() ?? null;
  }

  /** While the server is stopped; null: an empty disk. `isNoticed`: by the mark beside the ledger. */
  replaceDisk(store: MemoryLedger | null, isNoticed = false): void {
    this.isIncomplete = isNoticed;
    this.store = store;
    this.#history = store?.history ?? null;
    this.takenOutIn = -1;
  }

  /** kill -9: what is not durable is lost. */
  crash(): void {
    this.isUp = false;
    this.#halt();
  }

  #halt(): void {
    this.#life++;
    this.state = null;
    this.#queue = [];
    this.#inbox = [];
    this.#evidence.clear();
    this.#writing = false;
  }

  /** The disk takes writes again. */
  mendDisk(): void {
    this.diskFails = false;
    if (this.state?.storeFailed) this.step({ type: 'storeRecovered' });
  }

  /** Requests of a moment are decided in one step, as in the real runner. */
  request(request: LedgerRequest): void {
    if (!this.state) return;
    this.#inbox.push(request);
    if (this.#inbox.length > 1) return;
    const life = this.#life;
    this.#ports.agenda.after(this.#ports.random.int(0, 3), () => {
      if (life !== this.#life) return;
      this.step({ type: 'requestsReceived', requests: this.#inbox.splice(0) });
    });
  }

  step(event: ReplicaEvent): void {
    if (!this.state) return;
    if (this.suspended) {
      const life = this.#life;
      if (event.type === 'evidenceFound') this.#evidence.set(event.peer, event);
      this.#ports.agenda.after(50, () => {
        // What a connection showed first is no news when it has shown something else since.
        if (event.type === 'evidenceFound' && this.#evidence.get(event.peer) !== event) return;
        if (life === this.#life) this.step(event);
      });
      return;
    }
    if (event.type === 'evidenceFound') this.#evidence.delete(event.peer);
    const { state } = this;
    const activeBefore = state.active;
    if (event.type === 'messageReceived' && !this.#hears(state, event)) return;
    const life = this.#life;
    const at = this.instant();
    const events: ReplicaEvent[] = [event];
    if (needsNewBoot(state, at)) {
      events.unshift({ type: 'bootRenewed', boot: this.#boots.renew() });
    }
    if (event.type === 'requestsReceived') this.#ports.asked(this, event.requests);
    const arrived = event.type === 'requestsReceived' ? event.requests : [];
    this.#ports.decides([...state.held, ...arrived]);
    for (const one of events) {
      for (const effect of stepReplica(state, one, at)) {
        if (life !== this.#life) return;
        coverStep(this.#ports.coverage, one, effect);
        this.#take(effect);
      }
    }
    if (life !== this.#life) return;
    if (this.isIncomplete && !state.incomplete) {
      this.isIncomplete = false;
      this.#ports.coverage['given back']++;
    }
    if (state.active !== activeBefore) this.#ports.missedHistory(this);
    this.#ports.stepped(this, event);
    this.#drain();
  }

  /** What `ReplicaExchange` lets through to the ledger. */
  #hears(
    state: ReplicaState,
    { from, message }: Extract<ReplicaEvent, { type: 'messageReceived' }>,
  ): boolean {
    const answer = answerStranger(state, from, message);
    if (answer) this.#ports.send(this.id, from, answer);
    const refusal = refuseMessage(state, from, message);
    if (!answer && refusal !== undefined) this.#ports.refused(this.id, from, refusal);
    return !answer && refusal === undefined;
  }

  #take(effect: ReplicaEffect): void {
    switch (effect.type) {
      case 'sendNow':
        this.#ports.send(this.id, effect.to, effect.message);
        return;
      case 'reply':
        if (effect.reply.type === 'failed') throw effect.reply.error;
        this.#ports.answered(this, effect.requestId, effect.reply);
        return;
      case 'noted':
        this.#ports.noted(this.id, effect.message);
        return;
      case 'removed':
        this.drop(effect.configVersion);
        return;
      case 'persist':
      case 'send':
      case 'sendImage':
        this.#queue.push(effect);
        return;
    }
  }

  /** What its clocks show now. */
  instant(): Instant {
    const nowMs = this.#ports.agenda.nowMs;
    return {
      monotonicMs: (nowMs - this.monotonicLagMs) * this.drift + 1_000,
      wallMs: startMs + nowMs * this.drift + this.wallOffsetMs,
    };
  }

  #tickLater(life: number): void {
    this.#ports.agenda.after(50 + this.#ports.random.int(0, 5), () => {
      if (life !== this.#life) return;
      if (!this.suspended) {
        this.#ports.ticks(this);
        this.step({ type: 'ticked', mayReclaim: true });
      }
      this.#tickLater(life);
    });
  }

  #probeLater(life: number): void {
    this.#ports.agenda.after(400, () => {
      if (life !== this.#life) return;
      if (!this.diskFails) this.mendDisk();
      this.#askToBeCountedOut();
      this.#probeLater(life);
    });
  }

  /** As `Replicas` does. */
  #askToBeCountedOut(): void {
    const { state } = this;
    if (!state || this.suspended || !mayHaveForgotten(state) || state.active === null) return;
    this.#ports.forgot(this, state.active);
  }

  #drain(): void {
    while (!this.#writing) {
      const effect = this.#queue.shift();
      if (!effect) return;
      if (effect.type === 'persist') this.#write(effect);
      else this.#execute(effect);
    }
  }

  #write(effect: Extract<ReplicaEffect, { type: 'persist' }>): void {
    this.#writing = true;
    const life = this.#life;
    const delayMs = this.#ports.random.int(0, 4) * this.diskSlowness;
    const finish = () => {
      if (life !== this.#life || !this.store) return;
      // A process that stands still does not hear of its writes.
      if (this.suspended) this.#ports.agenda.after(50, finish);
      else this.#finishWrite(effect, this.store);
    };
    this.#ports.agenda.after(delayMs, finish);
  }

  #finishWrite(
    { number, writes }: Extract<ReplicaEffect, { type: 'persist' }>,
    store: MemoryLedger,
  ): void {
    this.#writing = false;
    if (this.diskFails) {
      this.#queue = [];
      this.step({ type: 'persistFailed', number });
      return;
    }
    for (const write of writes) store.write(asJson(write));
    this.#ports.wrote(this.id, store, writes);
    if (writes.some(lacksHistory)) this.#ports.missedHistory(this);
    this.step({ type: 'persisted', number });
    this.#drain();
  }

  #execute(effect: ReplicaEffect): void {
    if (effect.type === 'send') {
      this.#ports.send(this.id, effect.to, effect.message);
    } else if (effect.type === 'sendImage' && this.store) {
      const { term, commitIndex, usageAfter, eventsAfter } = effect;
      const image = asJson(this.store.image());
      const configVersion = image.ledger.config.version;
      this.#ports.send(this.id, effect.to, {
        type: 'image',
        term,
        configVersion,
        image,
        commitIndex,
        usageAfter,
        eventsAfter,
      });
    }
  }
}

function lacksHistory(write: Write): boolean {
  return write.type === 'image' || (write.type === 'rows' && write.gaps.length > 0);
}
