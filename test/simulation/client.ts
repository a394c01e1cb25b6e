import type { Lease } from '../../src-shared/model/lease.ts';
import type { LeaseProof } from '../../src-main/node/core/ledger/event.ts';
import type { LeaseTerms } from '../../src-main/node/core/ledger/reply.ts';
import type { LedgerRequest } from '../../src-main/node/core/replica/replica-event.ts';
import type { Term } from '../../src-main/node/core/replica/term.ts';
import { formatInstant } from '../../src-shared/model/scalars.ts';
import { startMs } from '../support/core-host.ts';
import type { Agenda } from './agenda.ts';
import type { Coverage } from './coverage.ts';
import type { Answer } from './member.ts';
import type { Told } from './known-as-told.ts';
import type { Random } from './random.ts';

export type Unnumbered = LedgerRequest extends infer R
  ? R extends LedgerRequest
    ? Omit<R, 'requestId'>
    : never
  : never;

/** What a client asks for: an ordinary seat, one that it borrows, or one that no other may serve. */
export type Wish = 'ordinary' | 'borrowed' | 'uncovered';

/** A client that asks, and wants to look at what a server knows by which it decides. */
export interface Asker {
  instance: string;
  /**
   * Called before a step that may decide, the last time before the one that does. An answer waits for its commit
   * and for the network: the server did not decide by what it has heard meanwhile.
   */
  decides?: (() => void) | undefined;
}

export interface ClientPorts {
  agenda: Agenda;
  random: Random;
  servers: readonly string[];
  /** Its checkouts have a number, which a retry repeats. */
  numbered: boolean;
  /** Sends a request; the callback gets the answer, or null when none came in time. */
  request(
    server: string,
    request: Unnumbered,
    answered: (answer: Answer | null, by: string) => void,
    asker: Asker,
  ): void;
  coverage: Coverage;
  newLeaseId(): string;
  violated(what: string): void;
  told(lease: Lease): void;
  ended(leaseId: string): void;
  /** Whether a server may have lost a lease by now, and not believe the token by its own clock. */
  lossIsExcused(token: Token, by: string): boolean;
  /** Whether a server has the lease now, and can know that this client was told of it. */
  isKnownAsTold(told: Told, by: string): boolean;
  /** The present start of a server; undefined: it does not run. */
  bootOf(server: string): string | undefined;
  /** Whether two serve at once, so that one need not know what the other ended. */
  returnIsExcused(leaseId: string): boolean;
}

export const ttlMs = 9_000;

/** Share of the life of a lease for which a client relies on it, for the drift of clocks. */
const relied = 0.95;

const borrowMs = 20 * 3_600_000;

interface Held {
  lease: Lease;
  renewedMs: number;
  /** The newest token, which goes with every request, as a real client's does. */
  token: Token;
  told: Told;
}

/** What a token says that was not tampered with. */
export interface Token {
  proof: LeaseProof;
  term: Term;
}

/** Signed by the server that gave this answer. */
export function tokenOf({ lease, term, endsAtMs }: LeaseTerms, signer: string): Token {
  return {
    proof: { lease, endsAtMs: Math.floor(endsAtMs / 1000) * 1000, signer, term },
    term: { number: term, member: signer },
  };
}

/** A client as the licence client behaves: one seat, renewed at a third of its life, given back. */
export class Client {
  readonly instance: string;
  readonly wish: Wish;
  held: Held | null = null;
  /** Asked for an end: from then on it relies on nothing. */
  stopping = false;
  #server: string;
  #isStopped = false;
  readonly #returned = new Set<string>();
  #requestNumber = 0;
  /** Tokens of former leases, one each, which a copy of the client may still have. */
  readonly #former: Token[] = [];
  readonly #ports: ClientPorts;

  constructor(instance: string, wish: Wish, ports: ClientPorts) {
    this.instance = instance;
    this.wish = wish;
    this.#ports = ports;
    this.#server = ports.random.pick(ports.servers);
    this.#pause(() => this.#checkout());
  }

  /** Units that this client may rely on now. */
  get units(): number {
    if (!this.held || this.stopping) return 0;
    // A return that was given up can still arrive and end the lease that came back.
    if (this.#returned.has(this.held.lease.id)) return 0;
    if (this.held.lease.borrowUntilMs !== null) return this.held.lease.units;
    const ageMs = this.#ports.agenda.nowMs - this.held.renewedMs;
    return ageMs < ttlMs * relied ? this.held.lease.units : 0;
  }

  /** The lease that nothing but a fault can take from this client. */
  get sureOf(): Lease | null {
    return this.held && this.units > 0 ? this.held.lease : null;
  }

  /** Ends without a word, as a program that is killed. */
  stop(): void {
    this.held = null;
    this.#isStopped = true;
  }

  #pause(next: () => void): void {
    this.#ports.agenda.after(this.#ports.random.int(20, 1_200), next);
  }

  /** An admin ended the lease, so that it is relied on no longer and no server may renew it. */
  noteReleased(leaseId: string): void {
    this.#returned.add(leaseId);
  }

  /** `isRetry`: whether the checkout before was carried out is not known. */
  #checkout(token?: Token, isRetry = false): void {
    const sentMs = this.#ports.agenda.nowMs;
    const borrow = this.wish === 'borrowed' && this.#ports.random.chance(0.6);
    if (!isRetry) this.#requestNumber++;
    else if (this.#ports.numbered) this.#ports.coverage['request repeated']++;
    const until = startMs + borrowMs + this.#ports.random.int(0, 3_600_000);
    this.#ask(
      {
        ...this.#wished(borrow ? { borrowUntil: formatInstant(until) } : {}),
        ...(token ? { proof: token.proof, fence: token.term } : {}),
      },
      (answer, by) => {
        if (answer?.type === 'leaseGranted') {
          const { lease } = answer.terms;
          this.held = this.#heldBy(answer.terms, by, sentMs);
          this.stopping = false;
          this.#ports.told(lease);
          this.#live();
        } else {
          const isUnknown = answer === null;
          this.#pause(() => this.#checkout(undefined, isUnknown));
        }
      },
    );
  }

  #wished(more: { borrowUntil?: string } = {}): Extract<Unnumbered, { type: 'checkoutRequested' }> {
    return {
      type: 'checkoutRequested',
      leaseId: this.#ports.newLeaseId(),
      request: {
        feature: this.wish === 'uncovered' ? 'local' : 'cad',
        units: 1,
        client: { instance: this.instance, user: this.instance, host: 'h' },
        ...(this.#ports.numbered ? { request: this.#requestNumber } : {}),
        ...more,
      },
    };
  }

  #heldBy(terms: LeaseTerms, by: string, sentMs: number): Held {
    const told = this.#toldBy(terms.lease.id, by);
    return { lease: terms.lease, renewedMs: sentMs, token: tokenOf(terms, by), told };
  }

  #toldBy(leaseId: string, by: string): Told {
    return { leaseId, server: by, boot: this.#ports.bootOf(by) ?? '' };
  }

  #live(): void {
    const { agenda, random } = this.#ports;
    // A computer that sleeps goes on with what it had.
    const sleeps = random.chance(0.05);
    if (sleeps) this.#ports.coverage['sleep of a client']++;
    const delayMs = sleeps ? random.int(ttlMs / 2, 3 * ttlMs) : random.int(200, ttlMs / 3);
    agenda.after(delayMs, () => {
      if (random.chance(0.1)) this.#replay();
      if (sleeps && random.chance(0.5)) this.#checkoutAgain();
      else if (random.chance(0.3)) this.#return();
      else if (random.chance(0.1)) this.#askAnew();
      else this.#renew();
    });
  }

  /** Asks for a seat with the token of the one that it had when it fell asleep. */
  #checkoutAgain(): void {
    const { held } = this;
    if (!held) return;
    this.#former.push(held.token);
    this.held = null;
    this.#checkout(held.token);
  }

  /** Its program was started anew, and has nothing but its name: it gets the seat that it holds. */
  #askAnew(): void {
    const { held } = this;
    if (!held) return;
    const sentMs = this.#ports.agenda.nowMs;
    this.#ports.coverage['seat asked for anew']++;
    let wasKnown = false;
    const decides = (by: string) => (wasKnown = this.#ports.isKnownAsTold(held.told, by));
    const answered = (answer: Answer | null, by: string) => {
      if (answer?.type === 'leaseGranted') {
        if (answer.terms.lease.id !== held.lease.id) this.#former.push(held.token);
        this.held = this.#heldBy(answer.terms, by, sentMs);
        this.#ports.told(this.held.lease);
        this.#live();
        return;
      }
      if (answer === null) {
        this.#pause(() => this.#askAnew());
        return;
      }
      const isFull = answer.type === 'refused' && answer.code === 'LS_INSUFFICIENTUNITS';
      if (isFull && this.sureOf && wasKnown && this.#ports.isKnownAsTold(held.told, by)) {
        this.#ports.violated(`5: ${this.instance} holds ${held.lease.id} and was refused it`);
      }
      this.#former.push(held.token);
      this.held = null;
      this.#pause(() => this.#checkout());
    };
    this.#ask(this.#wished(), answered, decides);
  }

  /** A copy of this client comes back with a token of a lease that is long over. */
  #replay(): void {
    if (this.#former.length === 0) return;
    const { proof } = this.#ports.random.pick(this.#former);
    this.#ports.coverage['token replayed']++;
    const { id: leaseId } = proof.lease;
    this.#ask({ type: 'renewalRequested', leaseId, proof }, () => undefined);
  }

  #renew(): void {
    const { held } = this;
    if (!held) return;
    const sentMs = this.#ports.agenda.nowMs;
    const { proof } = held.token;
    let isExcused = false;
    const decides = (by: string) => (isExcused = this.#ports.lossIsExcused(held.token, by));
    const answered = (answer: Answer | null, by: string) => {
      if (answer?.type === 'leaseRenewed') {
        held.renewedMs = sentMs;
        held.token = tokenOf(answer.terms, by);
        held.told = this.#toldBy(held.lease.id, by);
        this.#live();
      } else {
        this.#notRenewed(held, answer, isExcused);
      }
    };
    this.#ask({ type: 'renewalRequested', leaseId: held.lease.id, proof }, answered, decides);
  }

  #notRenewed(held: Held, answer: Answer | null, isExcused: boolean): void {
    const ageMs = this.#ports.agenda.nowMs - held.renewedMs;
    const lasts = held.lease.borrowUntilMs !== null;
    if (answer?.type === 'refused' && answer.code === 'LS_NO_SUCH_LEASE') {
      // A return that was given up can still arrive and end the lease that came back.
      const askedForIt = this.#returned.has(held.lease.id);
      if ((lasts || ageMs < ttlMs * relied) && !askedForIt && !isExcused) {
        this.#ports.violated(`5: ${this.instance} lost ${held.lease.id}, renewed in time`);
      }
      this.#former.push(held.token);
      this.held = null;
      this.#checkout();
    } else if (ageMs > ttlMs && !lasts && this.wish !== 'uncovered') {
      this.#former.push(held.token);
      this.held = null;
      this.#pause(() => this.#checkout());
    } else {
      this.#ports.agenda.after(this.#ports.random.int(50, 400), () => this.#renew());
    }
  }

  #return(): void {
    const { held } = this;
    if (!held) return;
    this.stopping = true;
    this.#returned.add(held.lease.id);
    const { lease, token } = held;
    const { proof } = token;
    this.#ask({ type: 'returnRequested', leaseId: lease.id, proof }, (answer) => {
      if (answer?.type === 'leaseEnded') {
        this.#ports.ended(lease.id);
        if (this.#ports.random.chance(0.2)) this.#haunt(token);
      }
      this.#former.push(token);
      this.held = null;
      this.#pause(() => this.#checkout());
    });
  }

  /** A copy of this client that did not hear of the return tries to renew. */
  #haunt({ proof }: Token): void {
    const { id: leaseId } = proof.lease;
    this.#ports.agenda.after(this.#ports.random.int(0, 6_000), () => {
      let isExcused = false;
      const decides = () => (isExcused = this.#ports.returnIsExcused(leaseId));
      const answered = (answer: Answer | null) => {
        if (answer?.type === 'leaseRenewed' && !isExcused) {
          this.#ports.violated(`5: ${leaseId} was returned and is renewed`);
        }
      };
      this.#ask({ type: 'renewalRequested', leaseId, proof }, answered, decides);
    });
  }

  #ask(
    request: Unnumbered,
    done: (answer: Answer | null, by: string) => void,
    decides?: (by: string) => void,
  ): void {
    if (this.#isStopped) return;
    const fence = this.held?.token.term;
    const asked = fence ? { ...request, fence } : request;
    const server = this.#server;
    const answered = (answer: Answer | null, by: string) => {
      if (answer === null) this.#server = this.#ports.random.pick(this.#ports.servers);
      else if (answer.type === 'notServing') {
        this.#server = answer.active ?? this.#ports.random.pick(this.#ports.servers);
      }
      done(answer?.type === 'notServing' ? null : answer, by);
    };
    const asker = { instance: this.instance, decides: decides && (() => decides(server)) };
    this.#ports.request(server, asked, answered, asker);
  }
}
