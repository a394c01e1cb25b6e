import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import {
  describeProblem,
  problemStatus,
  type Problem,
  type ProblemCode,
} from '../../../src-shared/contract/problem.ts';
import { clientBodyBytesMax } from '../../../src-shared/contract/client-api.ts';

const issuesMax = 5;
const detailLengthMax = 1_000;

/** A refusal on its way to the client. Thrown where Fastify leaves no other way. */
export class RequestProblem extends Error {
  override name = 'RequestProblem';
  readonly problem: Problem;
  readonly headers: Record<string, string>;

  /** `status` differs from that of the code only for `LS_BAD_REQUEST` (docs/client-api.md). */
  constructor(
    code: ProblemCode,
    detail: string,
    options: { status?: number; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    const status = options.status ?? problemStatus[code];
    this.problem = { ...describeProblem(code, detail), status };
    this.headers = options.headers ?? {};
  }
}

/** The problem that an error of the framework or a schema stands for; undefined: a fault of ours. */
export function parseRequestError(error: unknown): RequestProblem | undefined {
  if (error instanceof RequestProblem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const where = error.validationContext === 'params' ? 'path' : 'body';
    return new RequestProblem('LS_BAD_REQUEST', describeIssues(error.validation, where));
  }
  switch (errorCode(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new RequestProblem(
        'LS_BAD_REQUEST',
        `The body is longer than ${clientBodyBytesMax} bytes. Send a shorter one.`,
        { status: 413 },
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new RequestProblem(
        'LS_BAD_REQUEST',
        'The body must be JSON. Send it with the header Content-Type: application/json.',
        { status: 415 },
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new RequestProblem(
        'LS_BAD_REQUEST',
        'The body is not as long as Content-Length says. Send both alike.',
        { headers: { connection: 'close' } },
      );
    default:
      return undefined;
  }
}

function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** The first issues of a schema as one text: each with the path of the field and what is wrong. */
function describeIssues(
  issues: { instancePath: string; message?: string | undefined }[],
  where: string,
): string {
  const told = issues.slice(0, issuesMax).map((issue) => {
    const path = issue.instancePath.split('/').filter((part) => part !== '');
    const place = path.length === 0 ? `The ${where}` : `${path.join('.')} in the ${where}`;
    return `${place}: ${describeIssue(issue.message ?? 'is not valid')}`;
  });
  const more = issues.length > issuesMax ? ` (and ${issues.length - issuesMax} more)` : '';
  const text = `${told.join('; ')}${more}`;
  const kept = text.length > detailLengthMax ? `${text.slice(0, detailLengthMax)}…` : text;
  return `${kept}. Correct this as described in /openapi.json.`;
}

function describeIssue(message: string): string {
  const text = message.replace(/^Invalid input: /, '');
  return text.endsWith('received undefined')
    ? text.replace(/, received undefined$/, '; it is missing')
    : text;
}
