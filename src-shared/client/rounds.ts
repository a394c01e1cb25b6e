import type { LeaseAnswer } from '../contract/client-api.ts';
import { type Attempt, deriveRefusal, type Refusal } from './attempt.ts';
import type { Seat } from './client-state.ts';
import { exchange, type Exchange, type ExchangeContext, type LateOutcome } from './exchange.ts';
import type { Candidate } from './server-directory.ts';

/** A lease as a server gave it. */
export interface Grant {
  answer: LeaseAnswer;
  candidate: Candidate;
  sentAtMs: number;
}

export type RoundResult =
  | { type: 'granted'; grant: Grant }
  /** A server that should know the lease does not. */
  | { type: 'noSuchLease'; refusal: Refusal }
  | { type: 'ended' }
  | { type: 'refused'; refusal: Refusal }
  /** The caller wanted it no longer. */
  | { type: 'stopped'; attempts: Attempt[] };

interface Round {
  context: ExchangeContext;
  candidates: Candidate[];
  ask: (candidate: Candidate) => Promise<Exchange>;
  stopped: () => boolean;
  /** Whether "no such lease" decides the round. */
  leaseDecides: boolean;
}

/** Asks for a lease: every Primary server, then every Secondary one (product, section 7). */
export function checkoutRound(
  context: ExchangeContext,
  body: string,
  stopped: () => boolean,
  onLate: (late: LateOutcome) => void,
): Promise<RoundResult> {
  return askInTurn({
    context,
    candidates: context.directory.forCheckout(),
    ask: (candidate) =>
      exchange(context, candidate, { method: 'POST', path: '/v1/leases', body, onLate }),
    stopped,
    leaseDecides: false,
  });
}

/** Renews at the server that served last, then at its partners. */
export function renewalRound(
  context: ExchangeContext,
  seat: Seat,
  stopped: () => boolean,
): Promise<RoundResult> {
  const path = `/v1/leases/${encodeURIComponent(seat.lease.id)}/renew`;
  return askInTurn({
    context,
    candidates: context.directory.forLease(seat.server, seat.tier),
    ask: (candidate) => exchange(context, candidate, { method: 'POST', path }),
    stopped,
    leaseDecides: true,
  });
}

/** Gives a lease back, to the server that served last or one of its partners. */
export function returnRound(
  context: ExchangeContext,
  { lease, server, tier }: Pick<Seat, 'lease' | 'server' | 'tier'>,
): Promise<RoundResult> {
  const path = `/v1/leases/${encodeURIComponent(lease.id)}`;
  return askInTurn({
    context,
    candidates: context.directory.forLease(server, tier),
    ask: (candidate) => exchange(context, candidate, { method: 'DELETE', path }),
    stopped: () => false,
    leaseDecides: true,
  });
}

async function askInTurn(round: Round): Promise<RoundResult> {
  const { directory } = round.context;
  const attempts: Attempt[] = [];
  const asked = new Set<string>();
  const idsHeard = new Set<string>();
  for (const candidate of round.candidates) {
    if (round.stopped()) return { type: 'stopped', attempts };
    const id = candidate.id ?? directory.idOf(candidate.target);
    if (asked.has(candidate.target) || (id !== undefined && idsHeard.has(id))) continue;
    const result = await round.ask(candidate);
    attempts.push(...result.attempts);
    const { outcome } = result;
    if (outcome.type === 'granted') {
      directory.learn(result.candidate.tier, outcome.answer.servers);
      const { candidate: by, sentAtMs } = result;
      return { type: 'granted', grant: { answer: outcome.answer, candidate: by, sentAtMs } };
    }
    if (outcome.type === 'ended') return { type: 'ended' };
    if (round.leaseDecides && outcome.type === 'refused' && outcome.code === 'LS_NO_SUCH_LEASE') {
      return { type: 'noSuchLease', refusal: deriveRefusal(attempts) };
    }
    for (const attempt of result.attempts) {
      asked.add(attempt.server);
      const heard = directory.idOf(attempt.server);
      if (answered(attempt) && heard !== undefined) idsHeard.add(heard);
    }
  }
  return { type: 'refused', refusal: deriveRefusal(attempts) };
}

function answered({ outcome }: Attempt): boolean {
  return outcome.type !== 'unreachable' && outcome.type !== 'distrusted';
}
