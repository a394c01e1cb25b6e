import type { Lease } from '../../src-shared/model/lease.ts';
import type { CoreEvent } from '../../src-main/node/core/event.ts';
import type { Random } from './random.ts';
import type { Agenda } from './agenda.ts';
import type { Answer } from './member.ts';

type Request = Extract<CoreEvent, { requestId: number }>;
type Unnumbered = Request extends infer R
  ? R extends Request
    ? Omit<R, 'requestId'>
    : never
  : never;

export interface ClientPorts {
  agenda: Agenda;
  random: Random;
  servers: readonly string[];
  /** Sends a request; the callback gets the answer, or null when none came in time. */
  request(server: string, request: Unnumbered, answered: (answer: Answer | null) => void): void;
  newLeaseId(): string;
  violated(what: string): void;
  told(lease: Lease): void;
  ended(leaseId: string): void;
  /** Whether a lost lease can be the fault of a takeover by a member that was not in sync. */
  lossIsExcused(): boolean;
}

export const ttlMs = 9_000;

/** A client as the licence client behaves: one seat, renewed at a third of its life, given back. */
export class Client {
  readonly instance: string;
  held: { lease: Lease; renewedMs: number } | null = null;
  /** Asked for an end: from then on it relies on nothing. */
  stopping = false;
  #server: string;
  readonly #returned = new Set<string>();
  readonly #ports: ClientPorts;

  constructor(instance: string, ports: ClientPorts) {
    this.instance = instance;
    this.#ports = ports;
    this.#server = ports.random.pick(ports.servers);
    this.#pause(() => this.#checkout());
  }

  /** Units that this client may rely on now. */
  get units(): number {
    if (!this.held || this.stopping) return 0;
    const ageMs = this.#ports.agenda.nowMs - this.held.renewedMs;
    return ageMs < ttlMs * 0.95 ? this.held.lease.units : 0;
  }

  /** The lease that nothing but a fault can take from this client. */
  get sureOf(): Lease | null {
    if (!this.held || this.units === 0 || this.#returned.has(this.held.lease.id)) return null;
    return this.held.lease;
  }

  #pause(next: () => void): void {
    this.#ports.agenda.after(this.#ports.random.int(20, 1_200), next);
  }

  #checkout(): void {
    const sentMs = this.#ports.agenda.nowMs;
    this.#ask(
      {
        type: 'checkoutRequested',
        leaseId: this.#ports.newLeaseId(),
        request: {
          feature: 'cad',
          units: 1,
          client: { instance: this.instance, user: this.instance, host: 'h' },
        },
      },
      (answer) => {
        if (answer?.type === 'leaseGranted') {
          this.held = { lease: answer.terms.lease, renewedMs: sentMs };
          this.stopping = false;
          this.#ports.told(answer.terms.lease);
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
    this.#ask({ type: 'renewalRequested', leaseId: held.lease.id, proof: held.lease }, (answer) => {
      if (answer?.type === 'leaseRenewed') {
        held.renewedMs = sentMs;
        this.#live();
        return;
      }
      const nowMs = this.#ports.agenda.nowMs;
      if (answer?.type === 'refused' && answer.code === 'LS_NO_SUCH_LEASE') {
        const inTime = nowMs - held.renewedMs < ttlMs * 0.95;
        // A return that was given up can still arrive and end the lease that came back.
        const askedForIt = this.#returned.has(held.lease.id);
        if (inTime && !askedForIt && !this.#ports.lossIsExcused()) {
          this.#ports.violated(`4: ${this.instance} lost ${held.lease.id}, renewed in time`);
        }
        this.held = null;
        this.#checkout();
      } else if (nowMs - held.renewedMs > ttlMs) {
        this.held = null;
        this.#pause(() => this.#checkout());
      } else {
        this.#ports.agenda.after(this.#ports.random.int(50, 400), () => this.#renew());
      }
    });
  }

  #return(): void {
    const { held } = this;
    if (!held) return;
    this.stopping = true;
    this.#returned.add(held.lease.id);
    this.#ask({ type: 'returnRequested', leaseId: held.lease.id }, (answer) => {
      if (answer?.type === 'leaseEnded') {
        this.#ports.ended(held.lease.id);
        if (this.#ports.random.chance(0.2)) this.#haunt(held.lease);
      }
      this.held = null;
      this.#pause(() => this.#checkout());
    });
  }

  /** A copy of this client that did not hear of the return tries to renew. */
  #haunt(lease: Lease): void {
    this.#ports.agenda.after(this.#ports.random.int(0, 6_000), () => {
      this.#ask({ type: 'renewalRequested', leaseId: lease.id, proof: lease }, (answer) => {
        if (answer?.type === 'leaseRenewed' && !this.#ports.lossIsExcused()) {
          this.#ports.violated(`5: ${lease.id} was returned and is renewed`);
        }
      });
    });
  }

  #ask(request: Unnumbered, done: (answer: Answer | null) => void): void {
    this.#ports.request(this.#server, request, (answer) => {
      if (answer === null) this.#server = this.#ports.random.pick(this.#ports.servers);
      else if (answer.type === 'notServing') {
        this.#server = answer.active ?? this.#ports.random.pick(this.#ports.servers);
      }
      done(answer?.type === 'notServing' ? null : answer);
    });
  }
}
