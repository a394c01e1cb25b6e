import { z } from 'zod';
import { leaseAnswerSchema } from '../contract/client-api.ts';
import { problemCodeSchema } from '../contract/problem.ts';
import type { AttemptOutcome } from './attempt.ts';
import type { TransportResult } from './client-ports.ts';
import { parseJson } from '../model/json.ts';
import { targetOfUrl } from './target.ts';

/** A newer server may know more codes. */
const anyProblemSchema = z.object({ detail: z.string(), code: z.string() });

/** Beside `Location`, every address of the server that serves; older servers do not name them. */
const redirectDocumentSchema = z.object({ urls: z.array(z.string()) });

/** Addresses of one server that a client follows. */
const redirectUrlsMax = 8;

/**
 * What an answer of a server to a request with this nonce means. Whatever it may hold, it becomes one
 * of the outcomes.
 */
export function parseOutcome(
  target: string,
  result: TransportResult,
  nonce: string,
): AttemptOutcome {
  if (result.type === 'unreachable') {
    return { type: 'unreachable', reason: result.reason, detail: result.detail };
  }
  if (result.type === 'distrusted') return { type: 'distrusted', detail: result.detail };
  if (result.status === 204) return { type: 'ended' };
  const document = parseJson(result.body);
  if (result.status === 307) return parseRedirect(target, result.headers, document);
  if (result.status === 200 || result.status === 201) {
    const answer = leaseAnswerSchema.safeParse(document);
    if (answer.success) return { type: 'granted', answer: answer.data, nonce };
    return malformed(target, 'a lease that this version does not understand');
  }
  const problem = anyProblemSchema.safeParse(document);
  if (!problem.success) return malformed(target, `status ${result.status} and no reason`);
  const code = problemCodeSchema.safeParse(problem.data.code);
  if (!code.success) {
    return malformed(target, `the unknown code ${problem.data.code}: ${problem.data.detail}`);
  }
  return {
    type: 'refused',
    code: code.data,
    detail: problem.data.detail,
    retryAfterSeconds: parseRetryAfter(result.headers['retry-after']),
  };
}

function parseRedirect(
  target: string,
  headers: Record<string, string>,
  document: unknown,
): AttemptOutcome {
  const told = redirectDocumentSchema.safeParse(document);
  const urls = [headers['location'] ?? '', ...(told.success ? told.data.urls : [])];
  const to = urls.slice(0, redirectUrlsMax).flatMap((url) => targetOfUrl(url) ?? []);
  if (to.length === 0) return malformed(target, 'a redirection to no https address');
  return { type: 'redirected', to: [...new Set(to)] };
}

function parseRetryAfter(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : null;
}

function malformed(target: string, what: string): AttemptOutcome {
  return {
    type: 'malformed',
    detail: `${target} answered with ${what}. Is it an Understudy server of this version?`,
  };
}
