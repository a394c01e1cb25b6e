import type { LeaseAnswer } from '../contract/client-api.ts';
import type { ProblemCode } from '../contract/problem.ts';
import type { UnreachableReason } from './client-ports.ts';

/** Which list of the configuration a server came from. */
export type Tier = 'primary' | 'secondary';

/** What one server made of one request. */
export type AttemptOutcome =
  /** `nonce`: what was sent with the request, for the proof. */
  | { type: 'granted'; answer: LeaseAnswer; nonce: string }
  | { type: 'ended' }
  /** A lease from an earlier term than the one that is held: of a server that was cut off. */
  | { type: 'stale'; detail: string }
  | { type: 'refused'; code: ProblemCode; detail: string; retryAfterSeconds: number | null }
  /** `to`: the addresses of the server that serves, in the order to try; at least one. */
  | { type: 'redirected'; to: string[] }
  | { type: 'unreachable'; reason: UnreachableReason; detail: string }
  | { type: 'distrusted'; detail: string }
  /** A seat that the application's vendor does not vouch for: as good as none. */
  | { type: 'unproved'; detail: string }
  | { type: 'malformed'; detail: string };

/** One request to one server. `ms` is how long it took. */
export interface Attempt {
  server: string;
  ms: number;
  outcome: AttemptOutcome;
}

export type RefusalCode =
  | ProblemCode
  | 'SERVER_UNREACHABLE'
  | 'SERVER_NOT_TRUSTED'
  | 'LICENSE_NOT_PROVED'
  | 'SERVER_ANSWER_UNKNOWN'
  | 'SERVER_STALE'
  | 'NO_SERVER_CONFIGURED'
  | 'CHECKOUT_STOPPED'
  | 'BORROW_ENDED'
  | 'BORROW_UNUSABLE'
  | 'LEASE_ENDED';

/** Why there is no seat: the most useful reason of all servers, and what each of them did. */
export interface ServerRefusal {
  code: RefusalCode;
  message: string;
  attempts: Attempt[];
}

/** From the reason that helps most to the one that helps least. */
const usefulness: RefusalCode[] = [
  'LS_INSUFFICIENTUNITS',
  'LS_BORROW_NOT_ALLOWED',
  'LS_LICENSE_EXPIRED',
  'LS_LICENSE_NOT_STARTED',
  'LS_ACCESS_DENIED',
  'LS_NO_SUCH_LEASE',
  'SERVER_NOT_TRUSTED',
  'LICENSE_NOT_PROVED',
  'LS_BAD_REQUEST',
  'LS_MAJORITY_RULE_FAILURE',
  'LS_SERVER_SYNC_IN_PROGRESS',
  'LS_LEADER_NOT_PRESENT',
  'SERVER_STALE',
  'LS_TOO_MANY_REQUESTS',
  'LS_NO_SUCH_FEATURE',
  'SERVER_ANSWER_UNKNOWN',
  'SERVER_UNREACHABLE',
];

/** Refusals that waiting alone can turn into a seat. */
const passing = new Set<RefusalCode>([
  'SERVER_UNREACHABLE',
  'SERVER_ANSWER_UNKNOWN',
  'SERVER_STALE',
  'LS_INSUFFICIENTUNITS',
  'LS_TOO_MANY_REQUESTS',
  'LS_LEADER_NOT_PRESENT',
  'LS_MAJORITY_RULE_FAILURE',
  'LS_SERVER_SYNC_IN_PROGRESS',
]);

export function mayPass(code: RefusalCode): boolean {
  return passing.has(code);
}

const outages = new Set<RefusalCode>([
  'SERVER_UNREACHABLE',
  'SERVER_ANSWER_UNKNOWN',
  'SERVER_STALE',
  'LS_LEADER_NOT_PRESENT',
  'LS_MAJORITY_RULE_FAILURE',
  'LS_SERVER_SYNC_IN_PROGRESS',
]);

/** Whether the reason is that no server serves, which a takeover ends. */
export function isOutage({ code, attempts }: ServerRefusal): boolean {
  return outages.has(code) || awaitsTakeover({ attempts });
}

/** Whether a server was heard that does not serve now, and none in its place: one may take over. */
export function awaitsTakeover({ attempts }: Pick<ServerRefusal, 'attempts'>): boolean {
  return attempts.some(({ outcome }) => {
    if (outcome.type === 'refused') return outages.has(outcome.code);
    if (outcome.type !== 'redirected') return false;
    const { to } = outcome;
    return !attempts.some(({ server, outcome: said }) => to.includes(server) && decides(said));
  });
}

/** Whether a server has given its answer, rather than being unable to. */
export function decides(outcome: AttemptOutcome): boolean {
  if (outcome.type === 'refused') return !outages.has(outcome.code);
  return (
    outcome.type !== 'unreachable' && outcome.type !== 'redirected' && outcome.type !== 'stale'
  );
}

/** The shortest wait that a server has asked for; 0 when none has. */
export function retryAfterMs({ attempts }: ServerRefusal): number {
  const seconds = attempts.flatMap(({ outcome }) =>
    outcome.type === 'refused' && outcome.retryAfterSeconds !== null
      ? [outcome.retryAfterSeconds]
      : [],
  );
  return seconds.length === 0 ? 0 : Math.min(...seconds) * 1000;
}

const final = new Set<RefusalCode>([
  'LS_INSUFFICIENTUNITS',
  'LS_BORROW_NOT_ALLOWED',
  'LS_LICENSE_EXPIRED',
  'LS_LICENSE_NOT_STARTED',
  'LS_ACCESS_DENIED',
  'LS_BAD_REQUEST',
  'LS_NO_SUCH_FEATURE',
]);

/**
 * Whether a lease that cannot be kept is at its end, because a server said no, or merely out of reach.
 * "No such feature" is final only when no other server was out of reach.
 */
export function isFinal({ code, attempts }: ServerRefusal): boolean {
  if (!final.has(code)) return false;
  return (
    code !== 'LS_NO_SUCH_FEATURE' ||
    attempts.every((attempt) => reasonOf(attempt)?.code !== 'SERVER_UNREACHABLE')
  );
}

/** The reason in an attempt; null when it gave what was asked for, or sent on to another server. */
export function reasonOf(attempt: Attempt): { code: RefusalCode; detail: string } | null {
  const { outcome } = attempt;
  switch (outcome.type) {
    case 'granted':
    case 'ended':
    case 'redirected':
      return null;
    case 'refused':
      return { code: outcome.code, detail: outcome.detail };
    case 'unreachable':
      return { code: 'SERVER_UNREACHABLE', detail: outcome.detail };
    case 'distrusted':
      return { code: 'SERVER_NOT_TRUSTED', detail: outcome.detail };
    case 'unproved':
      return { code: 'LICENSE_NOT_PROVED', detail: outcome.detail };
    case 'stale':
      return { code: 'SERVER_STALE', detail: outcome.detail };
    case 'malformed':
      return { code: 'SERVER_ANSWER_UNKNOWN', detail: outcome.detail };
  }
}

/** The most useful reason in these attempts (docs/client.md). */
export function deriveRefusal(attempts: Attempt[]): ServerRefusal {
  const reasons = attempts.flatMap((attempt) => {
    const reason = reasonOf(attempt);
    return reason === null ? [] : [{ ...reason, server: attempt.server }];
  });
  const best = usefulness.find((code) => reasons.some((reason) => reason.code === code));
  const chosen = reasons.filter((reason) => reason.code === best);
  const first = chosen[0];
  if (best === undefined || first === undefined) {
    return {
      code: 'SERVER_ANSWER_UNKNOWN',
      message: 'The servers sent the request round in a circle. Try again in a moment.',
      attempts,
    };
  }
  const message =
    best === 'SERVER_UNREACHABLE' && chosen.length > 1
      ? `No licence server can be reached: ${chosen.map((reason) => reason.detail).join(' ')}`
      : first.detail;
  return { code: best, message, attempts };
}
