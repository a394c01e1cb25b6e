import type { Lease } from '../../src-shared/model/lease.ts';
import type { LedgerRequest } from '../../src-main/node/core/replica/replica-event.ts';
import type { Term } from '../../src-main/node/core/replica/term.ts';
import { formatInstant } from '../../src-shared/model/scalars.ts';
import { startMs } from '../support/core-host.ts';
import type { Agenda } from './agenda.ts';
import type { Answer } from './member.ts';
import type { Random } from './random.ts';

export type Unnumbered = LedgerRequest extends infer R
  ? R extends LedgerRequest
    ? Omit<R, 'requestId'>
    : never
  : never;

/** What a client asks for: an ordinary seat, one that it borrows, or one that no other may serve. */
export type Wish = 'ordinary' | 'borrowed' | 'uncovered';

export interface ClientPorts {
  agenda: Agenda;
  random: Random;
  servers: readonly string[];
  /** Sends a request; the callback gets the answer, or null when none came in time. */
  request(
    server: string,
    request: Unnumbered,
    answered: (answer: Answer | null, by: string) => void,
  ): void;
  newLeaseId(): string;
  violated(what: string): void;
  told(lease: Lease): void;
  ended(leaseId: string): void;
  /** Whether a lost lease can be the fault of a takeover by a member that was not in sync. */
  lossIsExcused(): boolean;
  /** Whether two served at once, so that one need not know what the other ended. */
  returnIsExcused(): boolean;
}

export const ttlMs = 9_000;

/** Share of the life of a lease for which a client relies on it, for the drift of clocks. */
const relied = 0.95;

const borrowMs = 20 * 3_600_000;

interface Held {
  lease: Lease;
  renewedMs: number;
  /** The spell of the newest token, which goes with every request. */
  term: Term;
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

  #checkout(): void {
    const sentMs = this.#ports.agenda.nowMs;
    const borrow = this.wish === 'borrowed' && this.#ports.random.chance(0.6);
    const until = startMs + borrowMs + this.#ports.random.int(0, 3_600_000);
    this.#ask(
      {
        type: 'checkoutRequested',
        leaseId: this.#ports.newLeaseId(),
        request: {
          feature: this.wish === 'uncovered' ? 'local' : 'cad',
          units: 1,
          client: { instance: this.instance, user: this.instance, host: 'h' },
          ...(borrow ? { borrowUntil: formatInstant(until) } : {}),
        },
      },
      (answer, by) => {
        if (answer?.type === 'leaseGranted') {
          const { lease, term } = answer.terms;
          this.held = { lease, renewedMs: sentMs, term: { number: term, member: by } };
          this.stopping = false;
          this.#ports.told(lease);
          this.#live();
        } else {
          this.#pause(() => this.#checkout());
        }
      },
    );
  }

  #live(): void {
    this.#ports.agenda.after(this.#ports.random.int(200, ttlMs / 3), () => {
      if (this.#ports.random.chance(0.3)) this.#return();
      else this.#renew();
    });
  }

  #renew(): void {
    const { held } = this;
    if (!held) return;
    const sentMs = this.#ports.agenda.nowMs;
    // A token proves nothing after the end that it names.
    const isValid = held.lease.borrowUntilMs !== null || sentMs - held.renewedMs < ttlMs;
    const proof = isValid ? { proof: held.lease } : {};
    this.#ask({ type: 'renewalRequested', leaseId: held.lease.id, ...proof }, (answer, by) => {
      if (answer?.type === 'leaseRenewed') {
        held.renewedMs = sentMs;
        held.term = { number: answer.terms.term, member: by };
        this.#live();
      } else {
        this.#notRenewed(held, answer);
      }
    });
  }

  #notRenewed(held: Held, answer: Answer | null): void {
    const ageMs = this.#ports.agenda.nowMs - held.renewedMs;
    const lasts = held.lease.borrowUntilMs !== null;
    if (answer?.type === 'refused' && answer.code === 'LS_NO_SUCH_LEASE') {
      // A return that was given up can still arrive and end the lease that came back.
      const askedForIt = this.#returned.has(held.lease.id);
      if ((lasts || ageMs < ttlMs * relied) && !askedForIt && !this.#ports.lossIsExcused()) {
        this.#ports.violated(`5: ${this.instance} lost ${held.lease.id}, renewed in time`);
      }
      this.held = null;
      this.#checkout();
    } else if (ageMs > ttlMs && !lasts && this.wish !== 'uncovered') {
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
    const { id: leaseId } = held.lease;
    this.#ask({ type: 'returnRequested', leaseId, ...this.#proofOf(held) }, (answer) => {
      if (answer?.type === 'leaseEnded') {
        this.#ports.ended(held.lease.id);
        if (this.#ports.random.chance(0.2)) this.#haunt(held.lease);
      }
      this.held = null;
      this.#pause(() => this.#checkout());
    });
  }

  /** A token proves nothing after the end that it names. */
  #proofOf({ lease, renewedMs }: Held): { proof?: Lease } {
    const isValid = lease.borrowUntilMs !== null || this.#ports.agenda.nowMs - renewedMs < ttlMs;
    return isValid ? { proof: lease } : {};
  }

  /** A copy of this client that did not hear of the return tries to renew. */
  #haunt(lease: Lease): void {
    this.#ports.agenda.after(this.#ports.random.int(0, 6_000), () => {
      this.#ask({ type: 'renewalRequested', leaseId: lease.id, proof: lease }, (answer) => {
        if (answer?.type === 'leaseRenewed' && !this.#ports.returnIsExcused()) {
          this.#ports.violated(`5: ${lease.id} was returned and is renewed`);
        }
      });
    });
  }

  #ask(request: Unnumbered, done: (answer: Answer | null, by: string) => void): void {
    if (this.#isStopped) return;
    const fence = this.held?.term;
    const asked = fence ? { ...request, fence } : request;
    this.#ports.request(this.#server, asked, (answer, by) => {
      if (answer === null) this.#server = this.#ports.random.pick(this.#ports.servers);
      else if (answer.type === 'notServing') {
        this.#server = answer.active ?? this.#ports.random.pick(this.#ports.servers);
      }
      done(answer?.type === 'notServing' ? null : answer, by);
    });
  }
}
