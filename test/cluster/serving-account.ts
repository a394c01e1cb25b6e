import { decodeJwt } from 'jose';
import { tokenClaimsSchema } from '../../src-shared/contract/client-api.ts';
import type { JsonAnswer } from '../support/json-request.ts';

/** An answer with a lease: which server gave it, and in which term of the ledger. */
interface Served {
  ledger: string;
  term: number;
  server: string;
  sentMs: number;
  heardMs: number;
}

/**
 * Who served clients when, by the tokens that they got. As long as no server is cut off from another,
 * two never serve the same ledger at a time: who has served in a term ends all earlier ones.
 */
export class ServingAccount {
  readonly #served: Served[] = [];
  /** When each term of a ledger was first heard of. */
  readonly #terms = new Map<string, Served>();
  readonly violations: string[] = [];
  /** Servers that cannot see each other may both serve, any ledger or these. */
  apart: boolean | ReadonlySet<string> = false;

  /** Takes note of an answer; one without a token says nothing of who serves. */
  note(answer: Pick<JsonAnswer, 'body'>, sentMs: number): void {
    const { token } = (answer.body ?? {}) as { token?: unknown };
    if (typeof token !== 'string') return;
    const { ledger, term, iss: server } = tokenClaimsSchema.parse(decodeJwt(token));
    const served = { ledger, term, server, sentMs, heardMs: performance.now() };
    this.#served.push(served);
    this.#judge(served);
  }

  /** When a server first gave an answer to a request that was sent after an instant. */
  firstAnswer(server: string, afterMs: number): number | undefined {
    return this.#served.find((one) => one.server === server && one.sentMs >= afterMs)?.heardMs;
  }

  /** Servers that gave answers, of a ledger or of any, to requests that were sent after an instant. */
  serversSince(afterMs: number, ledger?: string): Set<string> {
    const since = this.#served.filter(
      (one) => one.sentMs >= afterMs && (ledger === undefined || one.ledger === ledger),
    );
    return new Set(since.map(({ server }) => server));
  }

  #judge(served: Served): void {
    const { ledger, term, server, sentMs } = served;
    const newest = this.#terms.get(ledger);
    if (!newest || term > newest.term) {
      this.#terms.set(ledger, served);
    } else if (this.apart === true || (this.apart !== false && this.apart.has(ledger))) {
      return;
    } else if (term === newest.term) {
      if (server !== newest.server) this.violations.push(`two servers served in term ${term}`);
    } else if (sentMs > newest.heardMs) {
      this.violations.push(
        `${server.slice(0, 8)} served in term ${term}, ${Math.round(sentMs - newest.heardMs)} ms ` +
          `after ${newest.server.slice(0, 8)} had in term ${newest.term}`,
      );
    }
  }
}
