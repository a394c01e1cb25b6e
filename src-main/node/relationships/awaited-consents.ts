import type { Refusal } from '../../../src-shared/contract/admin-error.ts';
import type { Candidates } from './candidates.ts';

/** Other servers whose admins have to agree to a relationship, and what is to be said of it here. */
export class AwaitedConsents {
  readonly #candidates: Candidates;
  readonly #messages = new Map<string, string>();
  /** By server that has forgotten the relationship. */
  readonly #returns = new Map<string, string>();
  /** By server, and relationship that it has dissolved and that stands here. */
  readonly #dissolved = new Map<string, Map<string, string>>();
  /** By ledger, why the next step of its relationship cannot be taken. */
  readonly #obstacles = new Map<string, string>();

  constructor(candidates: Candidates) {
    this.#candidates = candidates;
  }

  /** Whether a server refused since no admin of it has agreed. */
  isConsent({ code }: Pick<Refusal, 'code'>): boolean {
    return code === 'CONSENT_NEEDED' || code === 'CONSENT_REFUSED';
  }

  /** A server has refused something. True: for want of consent, which is noted. */
  note(server: string, refusal: Pick<Refusal, 'code'>): boolean {
    if (!this.isConsent(refusal)) {
      // It is something else now that is in the way.
      this.#messages.delete(server);
      return false;
    }
    const { code } = refusal;
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

  /**
   * A server does not know of the relationship that it is in, and has refused to take part again. What is to be
   * said of it; null: that was said.
   */
  noteReturn(server: string, refusal: Refusal): string | null {
    const name = this.#candidates.nameOf(server);
    const isConsent = this.note(server, refusal);
    const { putBackAt = null } = this.#candidates.get(server);
    // Of one whose starts are all known here nothing says so.
    const why =
      putBackAt === null
        ? 'its data directory was put back to a state from before it or emptied, or an admin dissolved it there'
        : 'its data directory was put back to a state from before it, or emptied';
    const what =
      `${name} does not know this relationship: ${why}. The two do not go together until that is settled, and ` +
      'each may serve by itself.';
    const message = `${what} ${isConsent ? (this.#messages.get(server) ?? '') : refusal.message}`;
    this.#messages.delete(server);
    const isNews = this.#returns.get(server) !== message;
    this.#returns.set(server, message);
    return isNews ? message : null;
  }

  /** A server has dissolved a relationship that stands here. True: that is news. */
  noteDissolved(relationship: string, server: string, message: string): boolean {
    const known = this.#dissolved.get(server) ?? new Map<string, string>();
    const isNews = known.get(relationship) !== message;
    this.#dissolved.set(server, known.set(relationship, message));
    return isNews;
  }

  forget(server: string): void {
    this.#dissolved.delete(server);
    this.#messages.delete(server);
    this.#returns.delete(server);
  }

  /** True: that is news. */
  noteObstacle(ledger: string, message: string): boolean {
    const isNews = this.#obstacles.get(ledger) !== message;
    this.#obstacles.set(ledger, message);
    return isNews;
  }

  forgetObstacle(ledger: string): void {
    this.#obstacles.delete(ledger);
  }

  /** Why the next step cannot be taken; null: nothing is known to be in its way. */
  obstacleOf(ledger: string): string | null {
    return this.#obstacles.get(ledger) ?? null;
  }

  /** Why one of these servers takes no part in the relationship with them; null: every one does. */
  returningOf(relationship: string, servers: readonly string[]): string | null {
    const [outside] = this.outsideOf(relationship, servers);
    if (outside === undefined) return null;
    return this.#dissolved.get(outside)?.get(relationship) ?? this.#returns.get(outside) ?? null;
  }

  /** Those of these servers that say that they do not take part in the relationship, whatever stands here. */
  outsideOf(relationship: string, servers: readonly string[]): string[] {
    return servers.filter(
      (id) => this.#dissolved.get(id)?.has(relationship) === true || this.#returns.has(id),
    );
  }

  /** Which admin of one of these servers has to agree; null: nobody is waited for. */
  messageOf(servers: readonly string[]): string | null {
    return firstOf(this.#messages, servers);
  }
}

function firstOf(messages: ReadonlyMap<string, string>, servers: readonly string[]): string | null {
  const server = servers.find((id) => messages.has(id));
  return (server !== undefined && messages.get(server)) || null;
}
