import { type Attempt, awaitsTakeover, deriveRefusal, type Tier } from './attempt.ts';
import { exchange, type ExchangeContext, type LateOutcome } from './exchange.ts';
import { askInTurn, type HeldLease, type RoundResult } from './round.ts';
import type { Route } from './server-directory.ts';

/**
 * How long a new connection may take as long as there are other servers to ask: a host that is down
 * must not cost a start its whole time. One that takes longer is asked again afterwards.
 */
export const quickConnectMs = 200;

const tiers: Tier[] = ['primary', 'secondary'];

/** Asks for a lease: every Primary server, then every Secondary one (docs/client.md). */
export async function checkoutRound(
  context: ExchangeContext,
  body: string,
  stopped: () => boolean,
  onLate: (late: LateOutcome) => void,
): Promise<RoundResult> {
  let attempts: Attempt[] = [];
  const ask = async (routes: Route[], connectTimeoutMs?: number): Promise<RoundResult> => {
    const request = { method: 'POST', path: '/v1/leases', body, onLate } as const;
    const limit = connectTimeoutMs === undefined ? {} : { connectTimeoutMs };
    const result = await askInTurn({
      context,
      routes,
      ask: (route, skip) => exchange(context, route, { ...request, ...limit, skip }),
      stopped,
      held: null,
    });
    if (result.type === 'refused') attempts = [...attempts, ...result.refusal.attempts];
    return result;
  };
  const count = tiers.flatMap((tier) => context.directory.forCheckout(tier)).length;
  for (const tier of tiers) {
    const routes = context.directory.forCheckout(tier);
    const quick = await ask(routes, count > 1 ? quickConnectMs : undefined);
    if (quick.type !== 'refused') return quick;
    // A server that awaits a takeover is going to be asked again before long.
    const isAsked = count <= 1 || awaitsTakeover(quick.refusal);
    const slow = isAsked ? [] : slowToConnect(routes, attempts);
    if (slow.length === 0 || context.config.timeoutMs <= quickConnectMs) continue;
    attempts = attempts.filter(({ server }) => !slow.some(({ target }) => target === server));
    const patient = await ask(slow);
    if (patient.type !== 'refused') return patient;
  }
  return { type: 'refused', refusal: deriveRefusal(attempts) };
}

function slowToConnect(routes: Route[], attempts: Attempt[]): Route[] {
  return routes.filter(({ target }) =>
    attempts.some(
      ({ server, outcome }) =>
        server === target && outcome.type === 'unreachable' && outcome.reason === 'noConnection',
    ),
  );
}

/** Renews at the server that served last, then at its partners. */
export function renewalRound(
  context: ExchangeContext,
  held: HeldLease,
  stopped: () => boolean,
): Promise<RoundResult> {
  const path = `/v1/leases/${encodeURIComponent(held.lease.id)}/renew`;
  return askInTurn({
    context,
    routes: context.directory.forLease(held.server, held.tier),
    ask: (route, skip) => exchange(context, route, { method: 'POST', path, skip }),
    stopped,
    held,
  });
}

/** Gives a lease back, to the server that served last or one of its partners. */
export function returnRound(context: ExchangeContext, held: HeldLease): Promise<RoundResult> {
  const path = `/v1/leases/${encodeURIComponent(held.lease.id)}`;
  return askInTurn({
    context,
    routes: context.directory.forLease(held.server, held.tier),
    ask: (route, skip) => exchange(context, route, { method: 'DELETE', path, skip }),
    stopped: () => false,
    held,
  });
}
