import { type LeaseAnswer, nonceHeader, tokenHeader } from '../contract/client-api.ts';
import type { Attempt, AttemptOutcome } from './attempt.ts';
import type { ClientConfig } from './client-config.ts';
import type { ClientPorts, TransportRequest, TransportResult } from './client-ports.ts';
import { parseOutcome } from './outcome.ts';
import type { Candidate, ServerDirectory } from './server-directory.ts';
import { decideTrust } from './trust.ts';

/** Most redirections that one request follows. */
const redirectsMax = 3;

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
  candidate: Candidate;
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
  candidate: Candidate;
  /** Monotonic time at which the deciding request was sent. */
  sentAtMs: number;
}

/**
 * Asks one server and follows it to the active one. Ends within `timeoutMs` a hop. A redirection that
 * cannot be followed is the outcome.
 */
export async function exchange(
  context: ExchangeContext,
  first: Candidate,
  request: ExchangeRequest,
): Promise<Exchange> {
  const attempts: Attempt[] = [];
  const visited = new Set<string>();
  let candidate = first;
  for (;;) {
    visited.add(candidate.target);
    const sentAtMs = context.ports.monotonicMs();
    const outcome = await askOnce(context, candidate, request);
    const ms = context.ports.monotonicMs() - sentAtMs;
    attempts.push({ server: candidate.target, ms, outcome });
    if (outcome.type !== 'redirected') return { attempts, outcome, candidate, sentAtMs };
    const skipped = visited.has(outcome.to) || request.skip?.has(outcome.to);
    if (skipped || visited.size > redirectsMax) {
      return { attempts, outcome, candidate, sentAtMs };
    }
    const id = context.directory.vouchedId(outcome.to);
    candidate = { target: outcome.to, tier: candidate.tier, id };
  }
}

async function askOnce(
  context: ExchangeContext,
  candidate: Candidate,
  { method, path, body, onLate, connectTimeoutMs }: ExchangeRequest,
): Promise<AttemptOutcome> {
  const { config, ports, directory } = context;
  const { target } = candidate;
  const token = context.token();
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (token !== null) headers[tokenHeader] = token;
  const nonce = ports.signatures.nonce();
  headers[nonceHeader] = nonce;
  const read = (result: TransportResult): AttemptOutcome =>
    proved(context, target, parseOutcome(target, result), nonce);
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
        vouched: candidate.id ?? directory.vouchedId(target),
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
    return outcome;
  }
  directory.noteSilence(target, true);
  if (onLate) {
    void answer.then((result) => {
      onLate({ candidate, outcome: read(result), sentAtMs });
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
  nonce: string,
): AttemptOutcome {
  const doubt = outcome.type === 'granted' ? findDoubt?.(outcome.answer, nonce) : undefined;
  if (!doubt) return outcome;
  return {
    type: 'unproved',
    detail:
      `${target} gave a seat that the vendor does not vouch for: ${doubt}. Ask the admin of the ` +
      'licence server for a licence that names it, from the vendor of this application.',
  };
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
