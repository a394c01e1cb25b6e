import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
import type { LedgerConfig } from '../../../src-shared/model/ledger-config.ts';
import type { LicenseVersion } from '../../../src-shared/model/license.ts';
import { licenseFingerprint } from '../licensing/license-door.ts';
import type { LeaseTerms, Reply } from '../core/ledger/reply.ts';
import { beginsRows, forgetRowsAhead, makeRowsAhead } from '../core/ledger/kept-otherwise.ts';
import type { LedgerState } from '../core/ledger/ledger.ts';
import { stampMs } from '../core/ledger/ledger-time.ts';
import type { PeerMessage } from '../core/replica/message.ts';
import type { Failed, NotServing, ReplicaEffect, Write } from '../core/replica/replica-effect.ts';
import type { LedgerRequest, PeerEvidence, ReplicaEvent } from '../core/replica/replica-event.ts';
import type { ReplicaState } from '../core/replica/replica-state.ts';
import { stepReplica } from '../core/replica/replica.ts';
import { needsNewBoot } from '../core/replica/suspension.ts';
import { deriveReplicaView, type ReplicaView } from '../core/replica/replica-view.ts';
import { noTerm, type Term } from '../core/replica/term.ts';
import type { Clock } from '../base/clock.ts';
import { Slices } from '../base/sliced-json.ts';
import type { CommitQueue } from '../store/commit-queue.ts';
import type { Log } from '../base/log.ts';
import type { TimelineNote } from '../base/timeline-note.ts';
import type { TokenSigner } from '../store/token-signer.ts';
import { mayCall } from './message-guard.ts';

/** What a request came to. `token` comes with a lease, and the licence that it names by its hash. */
export type RequestOutcome =
  | { type: 'answered'; reply: Reply; token: string | null; signedLicense?: string }
  | NotServing
  | { type: 'unavailable'; message: string; retryAfterSeconds: number };

type WithoutId<R> = R extends LedgerRequest ? Omit<R, 'requestId'> : never;

/** A request of a ledger; the number is added here. */
export type RequestInput = WithoutId<LedgerRequest>;

type ClientRequestType = 'checkoutRequested' | 'renewalRequested' | 'returnRequested';

/** A request that is an admin's, or the server's in his place. */
export type AdminInput = Exclude<RequestInput, { type: ClientRequestType }>;

/** The core's wish that a member gets the ledger as a whole. */
export type ImageEffect = Extract<ReplicaEffect, { type: 'sendImage' }>;

export interface HostedReplicaPorts {
  clock: Clock;
  commits: CommitQueue;
  signer: TokenSigner;
  log: Pick<Log, 'error'>;
  send: (ledger: string, to: string, message: PeerMessage) => void;
  sendImage: (ledger: string, effect: ImageEffect) => void;
  /** Another name of this start than the one that the ledger had so far. */
  renewBoot: (former: string) => string;
  /** Some of a ledger's usage and timeline is not here: what tells of it is, durably. */
  onHistoryMissed: (ledger: string) => void;
  /** This server is no member any longer, by the configuration of this version. */
  onRemoved: (ledger: string, configVersion: number) => void;
  note: (note: TimelineNote) => void;
  /** Calls back after anything happened. */
  onStep: (ledger: string) => void;
  /** Another server serves the ledger now, or none. */
  onActiveChanged: (ledger: string) => void;
  /** Who keeps the ledger, or how, may have changed; called at the first step too. */
  onConfig: (ledger: string) => void;
  /** Requests that may wait for their answer; more are refused. */
  waitingMax?: number;
}

interface Waiting {
  settle: (outcome: RequestOutcome) => void;
  /** Signed while the entry is replicated; undefined as long as it is not. */
  token?: string | null;
  /** The answer, when it came before its token. */
  reply?: Reply;
  signing: boolean;
  /** What the token is to repeat. */
  nonce: string | undefined;
  /** The licence that the token names. */
  signedLicense?: string;
}

const waitingMaxDefault = 20_000;

/**
 * One ledger on this server: the only caller of `stepReplica` for it. It gives every event its
 * time, carries effects out in their order and lets nothing leave before what it depends on is
 * durable (protocol section 2). Requests of one turn of the loop make up one step and so one entry.
 */
export class HostedReplica {
  readonly id: string;
  readonly state: ReplicaState;
  readonly #ports: HostedReplicaPorts;
  readonly #waiting = new Map<number, Waiting>();
  readonly #hashes = new WeakMap<LicenseVersion, string>();
  #queued: LedgerRequest[] = [];
  #planned = false;
  #lastRequestId = 0;
  #view: { view: ReplicaView; atStep: number } | undefined;
  #steps = 0;
  #config: LedgerConfig | undefined;
  #dropped = false;
  /** How often this server began to serve after another one had. */
  takeoverCount = 0;

  constructor(id: string, state: ReplicaState, ports: HostedReplicaPorts) {
    this.id = id;
    this.state = state;
    this.#ports = ports;
  }

  /** What is known of the ledger now; a witness knows something too. */
  view(): ReplicaView {
    if (this.#view?.atStep !== this.#steps) {
      this.#view = { view: deriveReplicaView(this.state), atStep: this.#steps };
    }
    return this.#view.view;
  }

  /** Licences, leases and what else is counted, as this member has them now. */
  get ledger(): LedgerState {
    return this.state.ledger;
  }

  /** In preference order; the first is the primary. */
  get members(): readonly string[] {
    return this.ledger.config.membership.members;
  }

  get isActive(): boolean {
    return this.state.role.type === 'active';
  }

  /** One request; what it comes to is final and durable. The token of a lease repeats `nonce`. */
  request(input: RequestInput, nonce?: string): Promise<RequestOutcome> {
    if (input.type === 'configRequested' && beginsRows(this.ledger, input.config)) {
      return this.#requestWithRows(input);
    }
    return this.#enqueue(input, nonce);
  }

  /** Of 100,000 leases rows are made before, with the loop free in between. */
  async #requestWithRows(input: RequestInput): Promise<RequestOutcome> {
    const { ledger } = this;
    const slices = new Slices();
    const steps = makeRowsAhead(ledger);
    while (steps.next().done !== true) await slices.rest();
    const outcome = await this.#enqueue(input, undefined);
    forgetRowsAhead(ledger);
    return outcome;
  }

  #enqueue(input: RequestInput, nonce: string | undefined): Promise<RequestOutcome> {
    if (this.#dropped)
      return Promise.resolve({ type: 'notServing', reason: 'standby', active: null });
    const waitingMax = this.#ports.waitingMax ?? waitingMaxDefault;
    if (this.#waiting.size >= waitingMax) {
      return Promise.resolve(unavailable(`${waitingMax} requests are waiting already.`, 1));
    }
    return new Promise((settle) => {
      const requestId = ++this.#lastRequestId;
      this.#waiting.set(requestId, { settle, signing: false, nonce });
      this.#queued.push({ ...input, requestId });
      this.#plan();
    });
  }

  receive(from: string, message: PeerMessage): void {
    this.step({ type: 'messageReceived', from, message });
  }

  noteEvidence(peer: string, evidence: PeerEvidence): void {
    this.step({ type: 'evidenceFound', peer, evidence });
  }

  /** A paired server says that it is about to count this one in. */
  noteCalled(from: string, configVersion: number, term: Term): void {
    const call = { configVersion, term };
    if (mayCall(this.state, from, call)) this.step({ type: 'called', ...call });
  }

  step(event: ReplicaEvent): void {
    if (this.#dropped) return;
    const { active: activeBefore, term: termBefore } = this.state;
    const wasActive = this.isActive;
    try {
      const at = this.#ports.clock();
      if (needsNewBoot(this.state, at)) {
        const boot = this.#ports.renewBoot(this.state.boot);
        this.#execute(stepReplica(this.state, { type: 'bootRenewed', boot }, at));
      }
      this.#execute(stepReplica(this.state, event, at));
    } catch (error) {
      // A bug. What came with the event is refused; everything else goes on.
      this.#ports.log.error(`The event ${event.type} of ledger ${this.id} failed`, error);
      if (event.type === 'requestsReceived') {
        for (const { requestId } of event.requests) {
          this.#settle(requestId, unavailable('Internal error.', 5));
        }
      }
    }
    this.#steps++;
    const others = [this.state.self, noTerm.member];
    if (this.isActive && !wasActive && !others.includes(termBefore.member)) this.takeoverCount++;
    this.#ports.onStep(this.id);
    if (this.isActive !== wasActive || this.state.active !== activeBefore) {
      this.#ports.onActiveChanged(this.id);
    }
    const { config } = this.state.ledger;
    if (config === this.#config) return;
    this.#config = config;
    this.#ports.onConfig(this.id);
  }

  /** Ends this replica: whatever waits is sent elsewhere. */
  drop(): void {
    this.#dropped = true;
    for (const requestId of [...this.#waiting.keys()]) {
      this.#settle(requestId, { type: 'notServing', reason: 'standby', active: null });
    }
  }

  #plan(): void {
    if (this.#planned || this.#queued.length === 0) return;
    this.#planned = true;
    const begin = () => {
      this.#planned = false;
      const requests = this.#queued;
      this.#queued = [];
      if (requests.length === 0) return;
      this.step({ type: 'requestsReceived', requests });
      this.#signAhead(requests.length);
    };
    const { commits } = this.#ports;
    // As long as the disk is busy, requests are gathered: the next entry has them all.
    if (commits.isReady) setImmediate(begin);
    else commits.onReady(begin);
  }

  /** Tokens are signed while their entry is written and replicated, and not after that. */
  #signAhead(requestsMax: number): void {
    const { waiting } = this.state;
    for (let i = Math.max(0, waiting.length - requestsMax); i < waiting.length; i++) {
      const { requestId, reply } = waiting[i] ?? {};
      const terms = reply && reply.type !== 'failed' && termsOf(reply);
      const held = requestId === undefined ? undefined : this.#waiting.get(requestId);
      if (terms && held && !held.signing) this.#sign(held, terms);
    }
  }

  #sign(held: Waiting, terms: LeaseTerms): void {
    held.signing = true;
    const license = this.ledger.licenses.get(terms.lease.licenseId)?.versions.at(-1);
    if (license) held.signedLicense = license.signedText;
    this.#ports.signer.sign(this.#claimsOf(terms, license, held.nonce), (token) => {
      held.token = token;
      if (held.reply) this.#answer(held, held.reply, token);
    });
  }

  #execute(effects: readonly ReplicaEffect[]): void {
    const { commits, send, sendImage, onRemoved, note } = this.#ports;
    for (const effect of effects) {
      switch (effect.type) {
        case 'persist': {
          const { number, writes } = effect;
          commits.persist(this.id, number, writes, () => {
            this.step({ type: 'persisted', number });
            if (writes.some(lacksHistory)) this.#ports.onHistoryMissed(this.id);
          });
          break;
        }
        case 'sendNow':
          send(this.id, effect.to, effect.message);
          break;
        case 'send':
          commits.whenDurable(this.id, () => send(this.id, effect.to, effect.message));
          break;
        case 'sendImage':
          commits.whenDurable(this.id, () => sendImage(this.id, effect));
          break;
        case 'reply':
          this.#reply(effect.requestId, effect.reply);
          break;
        case 'removed':
          commits.whenDurable(this.id, () => onRemoved(this.id, effect.configVersion));
          break;
        case 'noted':
          note(effect);
          break;
      }
    }
  }

  #reply(requestId: number, reply: Reply | NotServing | Failed): void {
    const held = this.#waiting.get(requestId);
    if (!held) return;
    switch (reply.type) {
      case 'notServing':
        return this.#settle(requestId, reply);
      case 'failed':
        this.#ports.log.error(`A request of ledger ${this.id} failed`, reply.error);
        return this.#settle(requestId, unavailable('Internal error.', 5));
      default:
        this.#answerWhenSigned(requestId, held, reply);
    }
  }

  #answerWhenSigned(requestId: number, held: Waiting, reply: Reply): void {
    const terms = termsOf(reply);
    if (terms === null) return this.#settle(requestId, { type: 'answered', reply, token: null });
    this.#waiting.delete(requestId);
    if (held.token !== undefined) this.#answer(held, reply, held.token);
    else {
      held.reply = reply;
      if (!held.signing) this.#sign(held, terms);
    }
  }

  #answer({ settle, signedLicense }: Waiting, reply: Reply, token: string | null): void {
    if (token === null) return settle(unavailable('Internal error.', 5));
    settle({ type: 'answered', reply, token, ...(signedLicense && { signedLicense }) });
  }

  #settle(requestId: number, outcome: RequestOutcome): void {
    const held = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    held?.settle(outcome);
  }

  /** The hash of a version is in every token of it. */
  #hashOf(license: LicenseVersion): string {
    const known = this.#hashes.get(license);
    if (known !== undefined) return known;
    const hash = licenseFingerprint(license);
    this.#hashes.set(license, hash);
    return hash;
  }

  #claimsOf(
    { lease, term, ttlSeconds, endsAtMs }: LeaseTerms,
    license: LicenseVersion | undefined,
    nonce: string | undefined,
  ): TokenClaims {
    return {
      iss: this.state.self,
      ledger: this.id,
      term,
      lease: lease.id,
      license: lease.licenseId,
      ...(license && {
        licenseHash: this.#hashOf(license),
        product: license.grant.product,
        version: license.grant.version,
      }),
      feature: lease.feature,
      units: lease.units,
      ...(nonce === undefined ? {} : { nonce }),
      holder: lease.holder.instance,
      user: lease.holder.user,
      host: lease.holder.host,
      ...(lease.holder.app === undefined ? {} : { app: lease.holder.app }),
      granted: Math.floor(lease.grantedAtMs / 1000),
      ...(lease.borrowUntilMs === null ? {} : { borrow: Math.floor(lease.borrowUntilMs / 1000) }),
      iat: Math.floor(stampMs(this.ledger.time) / 1000),
      exp: Math.floor(endsAtMs / 1000),
      ttl: ttlSeconds,
    };
  }
}

function lacksHistory(write: Write): boolean {
  return write.type === 'image' || (write.type === 'rows' && write.gaps.length > 0);
}

function unavailable(message: string, retryAfterSeconds: number): RequestOutcome {
  return { type: 'unavailable', message, retryAfterSeconds };
}

function termsOf(reply: Reply): LeaseTerms | null {
  return reply.type === 'leaseGranted' || reply.type === 'leaseRenewed' ? reply.terms : null;
}
