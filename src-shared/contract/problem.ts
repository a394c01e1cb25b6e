import { z } from 'zod';

/** Problem codes of the client API and the HTTP status of each (docs/client-api.md). */
export const problemStatus = {
  LS_BAD_REQUEST: 400,
  LS_LICENSE_EXPIRED: 403,
  LS_LICENSE_NOT_STARTED: 403,
  LS_ACCESS_DENIED: 403,
  LS_BORROW_NOT_ALLOWED: 403,
  LS_NO_SUCH_FEATURE: 404,
  LS_NO_SUCH_LEASE: 404,
  LS_INSUFFICIENTUNITS: 409,
  LS_TOO_MANY_REQUESTS: 429,
  LS_LEADER_NOT_PRESENT: 503,
  LS_MAJORITY_RULE_FAILURE: 503,
  LS_SERVER_SYNC_IN_PROGRESS: 503,
} as const;
export type ProblemCode = keyof typeof problemStatus;

export const problemCodeSchema = z.enum(
  Object.keys(problemStatus) as [ProblemCode, ...ProblemCode[]],
);

/** RFC 9457 problem document with the machine-readable `code`. */
export const problemSchema = z.object({
  type: z.string().describe('A URN that ends in the code.'),
  title: z.string().describe('What is wrong in general.'),
  status: z.int().describe('The status of the answer.'),
  detail: z.string().describe('What is wrong here and what to do about it, for people.'),
  code: problemCodeSchema.describe('For programs. A later version may know more.'),
});
export type Problem = z.infer<typeof problemSchema>;

export const problemTitle: Record<ProblemCode, string> = {
  LS_BAD_REQUEST: 'The request cannot be understood',
  LS_LICENSE_EXPIRED: 'The licence has expired',
  LS_LICENSE_NOT_STARTED: 'The licence is not valid yet',
  LS_ACCESS_DENIED: 'Access is denied',
  LS_BORROW_NOT_ALLOWED: 'Borrowing is not allowed',
  LS_NO_SUCH_FEATURE: 'No licence for this feature',
  LS_NO_SUCH_LEASE: 'No such lease',
  LS_INSUFFICIENTUNITS: 'No unit is free',
  LS_TOO_MANY_REQUESTS: 'Too many requests',
  LS_LEADER_NOT_PRESENT: 'No server can grant this now',
  LS_MAJORITY_RULE_FAILURE: 'Too few servers are connected',
  LS_SERVER_SYNC_IN_PROGRESS: 'The server is starting or synchronising',
};

/** The problem document for a code; `detail` is a sentence that says what to do. */
export function describeProblem(code: ProblemCode, detail: string): Problem {
  return {
    type: `urn:understudy:problem:${code}`,
    title: problemTitle[code],
    status: problemStatus[code],
    detail,
    code,
  };
}

/** Of a 307: every address of the server that serves, in the order to try. */
export const redirectSchema = problemSchema.extend({
  urls: z.array(z.string()).max(16).describe('https://host:port of that server, the best first.'),
});
type Redirect = z.infer<typeof redirectSchema>;

/** The document of a 307: `urls` are `https://host:port` of the server that serves. */
export function describeRedirect(urls: readonly string[]): Redirect {
  const detail = `Another server serves this: ${urls.join(', ')}. Send the same request there.`;
  const problem = describeProblem('LS_LEADER_NOT_PRESENT', detail);
  return { ...problem, title: 'Another server serves this', status: 307, urls: [...urls] };
}

/** Of two refusals the one that the user can do more about: a seat can come free. */
export function moreUseful<R extends { code: ProblemCode }>(a: R | undefined, b: R): R {
  if (!a) return b;
  return b.code === 'LS_INSUFFICIENTUNITS' && a.code !== 'LS_INSUFFICIENTUNITS' ? b : a;
}
