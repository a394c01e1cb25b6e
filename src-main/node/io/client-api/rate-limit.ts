import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { rateAddressesMax } from './limits.ts';
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
        key = normalizeIP(socket.remoteAddress ?? '');
        keys.set(socket, key);
      }
      return key;
    },
    addHeaders: noHeaders,
    addHeadersOnExceeding: noHeaders,
    errorResponseBuilder: (_request, { max }) =>
      new RequestProblem(
        'LS_TOO_MANY_REQUESTS',
        `This address may send ${max} requests in a second. Wait for the time in Retry-After.`,
        { headers: { 'retry-after': String(windowMs / 1_000) } },
      ),
  });
  app.addHook('onRequest', app.rateLimit());
}

const noHeaders = {
  'x-ratelimit-limit': false,
  'x-ratelimit-remaining': false,
  'x-ratelimit-reset': false,
  'retry-after': false,
};
