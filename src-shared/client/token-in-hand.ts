import type { LeaseAnswer } from '../contract/client-api.ts';
import type { ClientPorts } from './client-ports.ts';
import type { Grant } from './round.ts';

/**
 * The newest token, as long as it can prove anything: an ended one would ask for a seat that may be
 * somebody else's by now. Its life counts from when its request was sent, on both clocks: the
 * monotonic one can stand still while a computer sleeps, and the other one can be set back.
 */
export class TokenInHand {
  readonly #ports: Pick<ClientPorts, 'monotonicMs' | 'wallMs'>;
  #token: string | null = null;
  #endsAt = { monotonicMs: 0, wallMs: 0 };

  constructor(ports: Pick<ClientPorts, 'monotonicMs' | 'wallMs'>) {
    this.#ports = ports;
  }

  take({ answer, sentAtMs }: Pick<Grant, 'answer' | 'sentAtMs'>): void {
    const nowMs = { monotonicMs: this.#ports.monotonicMs(), wallMs: this.#ports.wallMs() };
    const leftMs = lifeMs(answer.lease, nowMs.wallMs) - (nowMs.monotonicMs - sentAtMs);
    this.#token = answer.token;
    this.#endsAt = { monotonicMs: nowMs.monotonicMs + leftMs, wallMs: nowMs.wallMs + leftMs };
  }

  /** Null when there is none, or it has ended. */
  get present(): string | null {
    const { monotonicMs, wallMs } = this.#endsAt;
    if (this.#ports.monotonicMs() >= monotonicMs || this.#ports.wallMs() >= wallMs) {
      this.#token = null;
    }
    return this.#token;
  }
}

function lifeMs({ borrowUntil, ttlSeconds }: LeaseAnswer['lease'], wallMs: number): number {
  return borrowUntil === undefined ? ttlSeconds * 1000 : Date.parse(borrowUntil) - wallMs;
}
