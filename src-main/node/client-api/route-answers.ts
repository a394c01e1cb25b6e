import type { FastifyReply, RouteShorthandOptions } from 'fastify';
import type { z } from 'zod';
import {
  describeProblem,
  describeRedirect,
  problemSchema,
  problemStatus,
  redirectSchema,
} from '../../../src-shared/contract/problem.ts';
import type { ClientReply } from './client-service.ts';
import { retryAfterSecondsDefault } from './limits.ts';
import type { NodeMetrics } from './metrics.ts';
import { RequestProblem } from './request-problem.ts';
import type { WorkUnderWay } from './work-under-way.ts';

// How a route answers, and how the document of the interface says so.

export const jsonType = 'application/json; charset=utf-8';
const problemType = 'application/problem+json; charset=utf-8';

/** Counts the requests of a route and how long they took. */
export function timed(metrics: NodeMetrics, method: string, route: string): RouteShorthandOptions {
  const record = metrics.requestRecorder(method, route);
  return {
    onResponse: (_request, reply, done) => {
      record(reply.statusCode, reply.elapsedTime / 1_000);
      done();
    },
  };
}

/** Asks the node and answers when it does; a rejection is a fault and goes to the error handler. */
export function relay(
  reply: FastifyReply,
  underWay: WorkUnderWay,
  ask: () => Promise<ClientReply>,
): void {
  if (!underWay.begin()) {
    throw new RequestProblem(
      'LS_TOO_MANY_REQUESTS',
      'Too many requests wait for an answer. Wait for the time in Retry-After.',
      { headers: { 'retry-after': String(retryAfterSecondsDefault) } },
    );
  }
  ask()
    .then((answer) => sendReply(reply, answer))
    .catch((error: unknown) => void reply.send(error))
    .finally(() => underWay.end());
}

function sendReply(reply: FastifyReply, answer: ClientReply): void {
  switch (answer.type) {
    case 'lease':
      sendJson(reply, answer.created ? 201 : 200, answer.answer);
      return;
    case 'ended':
      void reply.code(204).send();
      return;
    case 'redirect':
      void reply
        .code(307)
        .header('location', `${answer.urls[0]}${reply.request.url}`)
        .header('content-type', problemType)
        .send(JSON.stringify(describeRedirect(answer.urls)));
      return;
    case 'refused': {
      const status = problemStatus[answer.code];
      const retryAfterSeconds =
        answer.retryAfterSeconds ?? (status >= 429 ? retryAfterSecondsDefault : undefined);
      if (retryAfterSeconds !== undefined) {
        void reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterSeconds))));
      }
      void reply
        .code(status)
        .header('content-type', problemType)
        .send(JSON.stringify(describeProblem(answer.code, answer.detail)));
    }
  }
}

export function sendJson(reply: FastifyReply, status: number, body: unknown): void {
  void reply.code(status).header('content-type', jsonType).send(JSON.stringify(body));
}

export function answers(contentType: string, schema: z.ZodType, description: string) {
  return { description, content: { [contentType]: { schema } } };
}

export const redirection = answers(
  'application/problem+json',
  redirectSchema,
  'Another server serves this. Send the same request, body and headers included, to Location, or ' +
    'to another one of `urls` when that cannot be reached.',
);

/** What any request can be answered with. */
const everywhere = [405, 408, 431];

const problemWords: Readonly<Record<number, string>> = {
  400: 'LS_BAD_REQUEST: a field, a header or the id is wrong; `detail` names it.',
  403: 'LS_LICENSE_EXPIRED, LS_LICENSE_NOT_STARTED, LS_ACCESS_DENIED or LS_BORROW_NOT_ALLOWED.',
  404: 'LS_NO_SUCH_FEATURE or LS_NO_SUCH_LEASE.',
  405: 'LS_BAD_REQUEST: not this method; `Allow` has those that are.',
  408: 'LS_BAD_REQUEST: the request did not arrive in time.',
  409: 'LS_INSUFFICIENTUNITS: no unit is free, or a renewal finds its licence invalid.',
  413: 'LS_BAD_REQUEST: the body is over 16 KiB.',
  415: 'LS_BAD_REQUEST: the body is not application/json.',
  429: 'LS_TOO_MANY_REQUESTS: of this address, or such that wait.',
  431: 'LS_BAD_REQUEST: request line and headers are over 8 KiB.',
  503:
    'LS_LEADER_NOT_PRESENT, LS_MAJORITY_RULE_FAILURE or LS_SERVER_SYNC_IN_PROGRESS: ask another ' +
    'server.',
};

export function problems(...statuses: number[]) {
  return Object.fromEntries(
    [...statuses, ...everywhere].map((status) => [
      status,
      answers('application/problem+json', problemSchema, problemWords[status] ?? ''),
    ]),
  );
}
