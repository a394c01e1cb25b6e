import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  checkoutRequestSchema,
  healthAnswerSchema,
  leaseAnswerSchema,
  licensesAnswerSchema,
  nonceHeader,
  nonceSchema,
  serversAnswerSchema,
  tokenHeader,
} from '../../../src-shared/contract/client-api.ts';
import { borrowFileSchema } from '../../../src-shared/contract/remote-borrow.ts';
import { leaseIdSchema } from '../../../src-shared/model/scalars.ts';
import { localAddressOf } from '../base/host-address.ts';
import type { ClientCall, ClientService } from './client-service.ts';
import type { NodeMetrics } from './metrics.ts';
import { retryAfterSecondsDefault } from './limits.ts';
import { describeOpenApi } from './open-api.ts';
import { limitCostly } from './rate-limit.ts';
import {
  answers,
  jsonType,
  problems,
  redirection,
  relay,
  sendJson,
  timed,
} from './route-answers.ts';
import type { WorkUnderWay } from './work-under-way.ts';

export interface RouteOptions {
  service: ClientService;
  metrics: NodeMetrics;
  underWay: WorkUnderWay;
}

export function registerRoutes(app: FastifyInstance, options: RouteOptions): void {
  registerCheckout(app, options);
  registerRenewalAndReturn(app, options);
  registerBorrows(app, options);
  registerReadRoutes(app, options);
  registerOperatorRoutes(app, options);
}

const tokenHeadersSchema = z.looseObject({
  [tokenHeader]: z
    .string()
    .optional()
    .describe(
      'The newest token of this client. With it, a server that lost a lease finds it again.',
    ),
});

const grantHeadersSchema = tokenHeadersSchema.extend({
  [nonceHeader]: nonceSchema
    .optional()
    .describe('Made anew for every request; the token of the answer repeats it as `nonce`.'),
});

function callOf({ headers, raw }: FastifyRequest): ClientCall {
  const token = headers[tokenHeader];
  return {
    token: typeof token === 'string' && token !== '' ? token : null,
    nonce: nonceSchema.safeParse(headers[nonceHeader]).data,
    cameBy: localAddressOf(raw.socket),
  };
}

function registerCheckout(app: FastifyInstance, options: RouteOptions): void {
  const { service, metrics, underWay } = options;
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.post(
    '/v1/leases',
    {
      ...timed(metrics, 'POST', '/v1/leases'),
      schema: {
        operationId: 'checkout',
        summary: 'Check units of a feature out, or get the lease back that this holder has.',
        description:
          'A holder gets the lease that it has, with 200, so that a request whose answer ' +
          'was lost can be sent again. Which of several licences is taken is written in ' +
          'docs/client-api.md.',
        tags: ['leases'],
        headers: grantHeadersSchema,
        body: checkoutRequestSchema,
        response: {
          200: answers(
            'application/json',
            leaseAnswerSchema,
            'The holder (instance, user and host) has this lease already.',
          ),
          201: answers('application/json', leaseAnswerSchema, 'A new lease.'),
          307: redirection,
          ...problems(400, 403, 404, 409, 413, 415, 429, 503),
        },
      },
    },
    (request, reply) =>
      relay(reply, underWay, () => service.checkout(request.body, callOf(request))),
  );
}

/** No body is needed for these two, and one of any type is passed over. */
function registerRenewalAndReturn(app: FastifyInstance, options: RouteOptions): void {
  const { service, metrics, underWay } = options;
  const params = z.object({ id: leaseIdSchema.describe('The lease.') });
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => {
      done(null, undefined);
    });
    const bodiless = scope.withTypeProvider<ZodTypeProvider>();
    bodiless.post(
      '/v1/leases/:id/renew',
      {
        ...timed(metrics, 'POST', '/v1/leases/:id/renew'),
        schema: {
          operationId: 'renew',
          summary: 'Keep a lease for another time-to-live. No body is needed.',
          description:
            'A server that does not know the lease takes it from the token. 409: its licence is ' +
            'not valid any more, so that the lease ends with its time-to-live; waiting does not ' +
            'help.',
          tags: ['leases'],
          params,
          headers: grantHeadersSchema,
          response: {
            200: answers('application/json', leaseAnswerSchema, 'The lease with a new token.'),
            307: redirection,
            ...problems(400, 403, 404, 409, 413, 429, 503),
          },
        },
      },
      (request, reply) =>
        relay(reply, underWay, () => service.renew(request.params.id, callOf(request))),
    );
    bodiless.delete(
      '/v1/leases/:id',
      {
        ...timed(metrics, 'DELETE', '/v1/leases/:id'),
        schema: {
          operationId: 'returnLease',
          summary: 'Give a lease back. Also done when it had ended before.',
          description: 'The token makes it end also at a server that has not heard of the lease.',
          tags: ['leases'],
          params,
          headers: tokenHeadersSchema,
          response: {
            204: z.null().describe('The lease has ended.'),
            307: redirection,
            ...problems(400, 403, 413, 429, 503),
          },
        },
      },
      (request, reply) =>
        relay(reply, underWay, () => service.return(request.params.id, callOf(request))),
    );
  });
}

/** For machines that reach no server: whoever does carries their files. */
function registerBorrows(app: FastifyInstance, options: RouteOptions): void {
  const { service, metrics, underWay } = options;
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.post(
    '/v1/borrow-requests',
    {
      ...timed(metrics, 'POST', '/v1/borrow-requests'),
      schema: {
        operationId: 'borrow',
        summary: 'Borrow for a machine that reaches no server, by the request file that it signed.',
        description:
          'The token repeats the nonce of the file. The same file again gets the same lease. The ' +
          'files are described in docs/borrowing.md.',
        tags: ['leases'],
        body: borrowFileSchema,
        response: {
          200: answers(
            'application/json',
            leaseAnswerSchema,
            'The machine has this lease already.',
          ),
          201: answers('application/json', leaseAnswerSchema, 'A new lease.'),
          307: redirection,
          ...problems(400, 403, 404, 409, 413, 415, 429, 503),
        },
      },
    },
    (request, reply) => relay(reply, underWay, () => service.borrow(request.body, callOf(request))),
  );
  typed.post(
    '/v1/borrow-returns',
    {
      ...timed(metrics, 'POST', '/v1/borrow-returns'),
      schema: {
        operationId: 'endBorrow',
        summary: 'Give back what a machine has borrowed, by the return file that it signed.',
        description: 'Also done when the lease had ended before.',
        tags: ['leases'],
        body: borrowFileSchema,
        response: {
          204: z.null().describe('The lease has ended.'),
          307: redirection,
          ...problems(400, 403, 404, 413, 415, 429, 503),
        },
      },
    },
    (request, reply) =>
      relay(reply, underWay, () => service.endBorrow(request.body, callOf(request))),
  );
}

function registerReadRoutes(app: FastifyInstance, { service, metrics }: RouteOptions): void {
  app.get(
    '/v1/licenses',
    {
      ...timed(metrics, 'GET', '/v1/licenses'),
      preHandler: limitCostly(app),
      schema: {
        operationId: 'listLicenses',
        summary: 'The licences of this server, and who serves each.',
        description:
          'For people and monitoring; an application asks for a lease and reads the answer.',
        tags: ['servers'],
        response: {
          200: answers('application/json', licensesAnswerSchema, 'All licences.'),
          ...problems(429, 503),
        },
      },
    },
    (_request, reply) => sendJson(reply, 200, service.licenses()),
  );
  app.get(
    '/v1/servers',
    {
      ...timed(metrics, 'GET', '/v1/servers'),
      schema: {
        operationId: 'listServers',
        summary: 'Servers in the order to try them.',
        description: 'The same list as in the answer with a lease.',
        tags: ['servers'],
        response: {
          200: answers('application/json', serversAnswerSchema, 'All servers.'),
          ...problems(429, 503),
        },
      },
    },
    (request, reply) =>
      sendJson(reply, 200, { servers: service.servers(localAddressOf(request.raw.socket)) }),
  );
}

function registerOperatorRoutes(app: FastifyInstance, { service, metrics }: RouteOptions): void {
  app.get(
    '/healthz',
    {
      ...timed(metrics, 'GET', '/healthz'),
      schema: {
        operationId: 'health',
        summary: 'Whether this server serves or is a synchronised standby.',
        description: 'For load balancers: 200 also at a standby, which sends clients on.',
        tags: ['servers'],
        response: {
          200: answers('application/json', healthAnswerSchema, 'It does.'),
          503: answers('application/json', healthAnswerSchema, 'It does not, with the reasons.'),
          ...problems(429),
        },
      },
    },
    (_request, reply) => {
      const health = service.health();
      if (health.status === 'unavailable') {
        void reply.header('retry-after', String(retryAfterSecondsDefault));
      }
      sendJson(reply, health.status === 'unavailable' ? 503 : 200, health);
    },
  );
  app.get(
    '/metrics',
    {
      ...timed(metrics, 'GET', '/metrics'),
      preHandler: limitCostly(app),
      schema: {
        operationId: 'metrics',
        summary: 'Figures for Prometheus.',
        description: 'The names are in docs/client-api.md.',
        tags: ['servers'],
        response: {
          200: answers('text/plain', z.string(), 'Prometheus text format 0.0.4.'),
          ...problems(429, 503),
        },
      },
    },
    async (_request, reply) => {
      const text = await metrics.text();
      void reply.header('content-type', metrics.contentType);
      return text;
    },
  );
  let document: string | undefined;
  app.get(
    '/openapi.json',
    { ...timed(metrics, 'GET', '/openapi.json'), schema: { hide: true } },
    (_request, reply) => {
      document ??= describeOpenApi(app);
      void reply.header('content-type', jsonType).send(document);
    },
  );
}
