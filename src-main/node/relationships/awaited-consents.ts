import type { Refusal } from '../../../src-shared/contract/admin-error.ts';
import type { Candidates } from './candidates.ts';

/** Other servers whose admins have to agree to a relationship, and what is to be said of it here. */
export class AwaitedConsents {
  readonly #candidates: Candidates;
  readonly #messages = new Map<string, string>();

  constructor(candidates: Candidates) {
    this.#candidates = candidates;
  }

  /** A server has refused something. True: for want of consent, which is noted. */
  note(server: string, { code }: Pick<Refusal, 'code'>): boolean {
    if (code !== 'CONSENT_NEEDED' && code !== 'CONSENT_REFUSED') return false;
    const name = this.#candidates.nameOf(server);
    const here = this.#candidates.nameOf(this.#candidates.ownId);
    const message =
      code === 'CONSENT_REFUSED'
        ? `An admin of ${name} has refused this relationship. Agree with that admin, or dissolve it.`
        : `An admin of ${name} has to agree, and was asked. It goes on when that admin accepts: in the ` +
          `tab Failover of ${name}, or there by: understudy relationship accept ${here}`;
    this.#messages.set(server, message);
    return true;
  }

  forget(server: string): void {
    this.#messages.delete(server);
  }

  get isAny(): boolean {
    return this.#messages.size > 0;
  }

  /** Null: nobody is waited for. */
  get message(): string | null {
    return [...this.#messages.values()][0] ?? null;
  }
}
