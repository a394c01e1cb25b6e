import { type LeaseAnswer, nonceHeader, tokenHeader } from '../contract/client-api.ts';
import type { Attempt, AttemptOutcome } from './attempt.ts';
import type { ClientConfig } from './client-config.ts';
import type { ClientPorts, TransportRequest, TransportResult } from './client-ports.ts';
import { parseOutcome } from './outcome.ts';
import type { Route, ServerDirectory } from './server-directory.ts';
import { decideTrust } from './trust.ts';

/** Most redirections that one request follows. */
const redirectsMax = 3;

/** How long a connection may take while its server has other addresses to try, in milliseconds. */
const otherAddressAfterMs = 500;

/** How long after its time an answer is still read, so that a seat granted late can be given back. */
export const lateAnswerMs = 10_000;

export interface ExchangeContext {
  config: ClientConfig;
  ports: ClientPorts;
  directory: ServerDirectory;
  /** The newest token (protocol section 4); null when there is none that has not ended. */
  token: () => string | null;
  /**
   * Why a lease is not backed by the application's vendor, as a part of a sentence; null when it is.
   * Undefined: nobody asked for a proof.
   */
  findDoubt?: ((answer: LeaseAnswer, nonce: string) => string | null) | undefined;
}

export interface LateOutcome {
  route: Route;
  outcome: AttemptOutcome;
  sentAtMs: number;
}

export interface ExchangeRequest {
  method: TransportRequest['method'];
  path: string;
  body?: string;
  /** Longest time until a connection stands; `timeoutMs` of the configuration unless told. */
  connectTimeoutMs?: number;
  /** Servers that need not be asked on a redirection. */
  skip?: ReadonlySet<string>;
  /** Called with the outcome of a request whose time was over; makes the transport wait for it. */
  onLate?: (late: LateOutcome) => void;
}

export interface Exchange {
  /** Every server that was asked, the last one being the one that decided. */
  attempts: Attempt[];
  outcome: AttemptOutcome;
  /** Who decided. */
  route: Route;
  /** Monotonic time at which the deciding request was sent. */
  sentAtMs: number;
}

/**
 * Asks one server and follows it to the active one, at whichever of its addresses can be reached. Ends within `timeoutMs` a hop. A redirection that
 * cannot be followed is the outcome.
 */
export async function exchange(
  context: ExchangeContext,
  first: Route,
  request: ExchangeRequest,
): Promise<Exchange> {
  const attempts: Attempt[] = [];
  const visited = new Set<string>();
  let route = first;
  let redirects = 0;
  /** Other addresses of the server that is asked now. */
  let others: string[] = [];
  for (;;) {
    visited.add(route.target);
    const sentAtMs = context.ports.monotonicMs();
    const limit = others.length > 0 ? { connectTimeoutMs: otherAddressAfterMs } : {};
    const outcome = await askOnce(context, route, { ...request, ...limit });
    const ms = context.ports.monotonicMs() - sentAtMs;
    attempts.push({ server: route.target, ms, outcome });
    if (outcome.type === 'redirected') {
      redirects += 1;
      others = outcome.to.filter((to) => !visited.has(to) && !request.skip?.has(to));
    } else if (!isElsewhere(outcome)) others = [];
    const target = others.shift();
    if (target === undefined || redirects > redirectsMax) {
      return { attempts, outcome, route, sentAtMs };
    }
    route = { target, tier: route.tier, id: undefined };
  }
}

/** Nothing was sent: the server may be there at another of its addresses. */
function isElsewhere(outcome: AttemptOutcome): boolean {
  if (outcome.type === 'distrusted') return true;
  return outcome.type === 'unreachable' && outcome.reason !== 'timeout';
}

async function askOnce(
  context: ExchangeContext,
  route: Route,
  { method, path, body, onLate, connectTimeoutMs }: ExchangeRequest,
): Promise<AttemptOutcome> {
  const { config, ports, directory } = context;
  const { target } = route;
  const token = context.token();
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (token !== null) headers[tokenHeader] = token;
  const nonce = ports.signatures.nonce();
  headers[nonceHeader] = nonce;
  const read = (result: TransportResult): AttemptOutcome =>
    proved(context, target, parseOutcome(target, result, nonce));
  const sentAtMs = ports.monotonicMs();
  const answer = ports.transport.send({
    target,
    method,
    path,
    headers,
    ...(body === undefined ? {} : { body }),
    connectTimeoutMs: Math.min(connectTimeoutMs ?? config.timeoutMs, config.timeoutMs),
    answerTimeoutMs: config.timeoutMs + (onLate ? lateAnswerMs : 0),
    checkIdentity: async (fingerprint) => {
      const verdict = await decideTrust({
        target,
        fingerprint,
        accepted: config.fingerprints,
        vouched: [...(route.id ? [route.id] : []), ...directory.vouchedIds(target)],
        knownServers: ports.knownServers,
        notify: (message) => ports.notify(message),
      });
      if (verdict.trusted) directory.reached(target, fingerprint);
      return verdict;
    },
  });
  const inTime = await within(ports, answer, config.timeoutMs);
  if (inTime !== null) {
    const outcome = read(inTime);
    const silent =
      outcome.type === 'unreachable' && ['noConnection', 'timeout'].includes(outcome.reason);
    directory.noteSilence(target, silent);
    if (outcome.type === 'granted') await rememberNamed(context, target, outcome.answer);
    return outcome;
  }
  directory.noteSilence(target, true);
  if (onLate) {
    void answer.then((result) => {
      onLate({ route, outcome: read(result), sentAtMs });
    });
  }
  return {
    type: 'unreachable',
    reason: 'timeout',
    detail: `${target} did not answer within ${config.timeoutMs} ms.`,
  };
}

/** The outcome, or that the vendor does not vouch for what was granted. */
function proved(
  { findDoubt }: ExchangeContext,
  target: string,
  outcome: AttemptOutcome,
): AttemptOutcome {
  const doubt = outcome.type === 'granted' ? findDoubt?.(outcome.answer, outcome.nonce) : undefined;
  if (!doubt) return outcome;
  return {
    type: 'unproved',
    detail:
      `${target} gave a seat that the vendor does not vouch for: ${doubt}. Ask the admin of the ` +
      'licence server for a licence that names it, from the vendor of this application.',
  };
}

/** Keeps whom a server names, so that one of them is known when it answers in its place. */
async function rememberNamed(
  { config, ports, directory }: ExchangeContext,
  target: string,
  { servedBy, servers }: LeaseAnswer,
): Promise<void> {
  if (config.fingerprints.length > 0 || directory.idOf(target) !== servedBy.id) return;
  const named = servers.map(({ id }) => id).filter((id) => id !== servedBy.id);
  const failure = await ports.knownServers.rememberNamed(servedBy.id, named);
  if (failure !== null) ports.notify(failure);
}

/** Null when `timeoutMs` pass first. */
function within(
  ports: ClientPorts,
  answer: Promise<TransportResult>,
  timeoutMs: number,
): Promise<TransportResult | null> {
  return new Promise((resolve) => {
    const cancel = ports.schedule(timeoutMs, () => resolve(null));
    void answer.then((result) => {
      cancel();
      resolve(result);
    });
  });
}
