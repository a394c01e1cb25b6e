import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import type { Socket } from 'node:net';
import { sourceOf } from '../base/host-address.ts';
import { costlyRequestsMax, rateAddressesMax } from './limits.ts';
import { RequestProblem } from './request-problem.ts';

const windowMs = 1_000;

/**
 * Limits the requests of one client address (IPv6: one /64) in a second, for known and unknown paths
 * alike. `requestsMax` is asked at every request, so a changed setting holds at once.
 */
export async function registerRateLimit(
  app: FastifyInstance,
  requestsMax: () => number,
): Promise<void> {
  const keys = new WeakMap<Socket, string>();
  await app.register(rateLimit, {
    global: false,
    max: requestsMax,
    timeWindow: windowMs,
    cache: rateAddressesMax,
    keyGenerator: (request: FastifyRequest) => {
      const { socket } = request.raw;
      let key = keys.get(socket);
      if (key === undefined) {
        key = sourceOf(socket.remoteAddress);
        keys.set(socket, key);
      }
      return key;
    },
    addHeaders: noHeaders,
    addHeadersOnExceeding: noHeaders,
    errorResponseBuilder: (_request, { max }) => describeExcess(max),
  });
  app.addHook('onRequest', app.rateLimit());
}

/**
 * A hook for routes whose answers are long to make: it lets an address ask for `costlyRequestsMax`
 * of them in a second. Each route has a count of its own.
 */
export function limitCostly(app: FastifyInstance): preHandlerAsyncHookHandler {
  const count = app.createRateLimit({ max: costlyRequestsMax, timeWindow: windowMs });
  return async (request) => {
    const result = await count(request);
    if (!result.isAllowed && result.isExceeded) throw describeExcess(costlyRequestsMax);
  };
}

function describeExcess(max: number): RequestProblem {
  return new RequestProblem(
    'LS_TOO_MANY_REQUESTS',
    `This address may send ${max} such requests in a second. Wait for the time in Retry-After.`,
    { headers: { 'retry-after': String(windowMs / 1_000) } },
  );
}

const noHeaders = {
  'x-ratelimit-limit': false,
  'x-ratelimit-remaining': false,
  'x-ratelimit-reset': false,
  'retry-after': false,
};
