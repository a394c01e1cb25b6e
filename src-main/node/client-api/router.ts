import fastify, {
  LogController,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { clientBodyBytesMax } from '../../../src-shared/contract/client-api.ts';
import type { NodeMetrics } from './metrics.ts';
import { headerBytesMax, refusedBodyBytesMax, retryAfterSecondsDefault } from './limits.ts';
import { registerOpenApi } from './open-api.ts';
import { registerRateLimit } from './rate-limit.ts';
import { parseRequestError, RequestProblem } from './request-problem.ts';
import { registerRoutes, type RouteOptions } from './routes.ts';

export interface RouterOptions extends RouteOptions {
  version: string;
  metrics: NodeMetrics;
  /** Requests of one address in a second. */
  requestsMax: () => number;
  /** Told of a fault of ours; the client learns only that it should try again. */
  onFault: (error: unknown) => void;
}

/** Everything between a parsed HTTP request and the node, without a port. */
export async function createRouter(options: RouterOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => '',
    requestIdHeader: false,
    bodyLimit: clientBodyBytesMax,
    // A part of a path is as long as a request may be, and what is no URL has a route as well: only
    // what comes by the hooks is counted.
    routerOptions: { maxParamLength: headerBytesMax },
    rewriteUrl: ({ url = '/' }) => (isUrl(url) ? url : unreadablePath),
    frameworkErrors: (error, _request, reply) => sendError(error, reply, options.onFault),
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  // What the node answers was built by its own types: it is written, not checked again.
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler((error, _request, reply) => sendError(error, reply, options.onFault));
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(body as string));
    } catch (error) {
      done(describeJsonError(error), undefined);
    }
  });
  const allowed = collectAllowedMethods(app);
  await registerRateLimit(app, options.requestsMax);
  app.addHook('onRequest', (request, _reply, done) => {
    done(refuseUnroutable(request, allowed));
  });
  const recordUnknown = options.metrics.requestRecorder('other', 'unknown');
  app.addHook('onResponse', (request, reply, done) => {
    if (request.is404) recordUnknown(reply.statusCode, reply.elapsedTime / 1_000);
    done();
  });
  app.setNotFoundHandler((_request, reply) => {
    sendError(new Error('A request without a route passed the first hook'), reply, options.onFault);
  });
  await registerOpenApi(app, options.version);
  registerRoutes(app, options);
  await app.ready();
  return app;
}

/** No route is here. */
const unreadablePath = '/';

/** Whether the escapes of a path can be read. */
function isUrl(url: string): boolean {
  try {
    decodeURIComponent(url.split('?', 1)[0] ?? '');
    return true;
  } catch {
    return false;
  }
}

/** Methods by path, of the routes that are registered after this. */
function collectAllowedMethods(app: FastifyInstance): Map<string, Set<string>> {
  const allowed = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = `^${url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`;
    const methods = allowed.get(pattern) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    allowed.set(pattern, methods);
  });
  return allowed;
}

function refuseUnroutable(
  request: FastifyRequest,
  allowed: Map<string, Set<string>>,
): RequestProblem | undefined {
  const { raw } = request;
  if (raw.headers.host === undefined && raw.httpVersionMinor === 1) {
    return new RequestProblem('LS_BAD_REQUEST', 'The request has no header Host. Send one.');
  }
  if (!isUrl(request.originalUrl)) {
    return new RequestProblem(
      'LS_BAD_REQUEST',
      'The path of the request is not a valid URL. Escape its special characters.',
    );
  }
  if (!request.is404) return undefined;
  const path = request.url.split('?', 1)[0] ?? '';
  for (const [pattern, methods] of allowed) {
    if (!new RegExp(pattern).test(path)) continue;
    const allow = [...methods].sort().join(', ');
    return new RequestProblem(
      'LS_BAD_REQUEST',
      `This path does not take ${request.method}. Use ${allow}, as described in /openapi.json.`,
      { status: 405, headers: { allow } },
    );
  }
  return new RequestProblem(
    'LS_BAD_REQUEST',
    'There is nothing at this path. The paths are described in /openapi.json.',
    { status: 404 },
  );
}

function describeJsonError(error: unknown): RequestProblem {
  const position = /at position (\d+)/.exec(String(error))?.[1];
  const where = position === undefined ? '' : ` (at character ${Number(position) + 1})`;
  return new RequestProblem(
    'LS_BAD_REQUEST',
    `The body is not valid JSON${where}. Send one JSON object as described in /openapi.json.`,
  );
}

function sendError(error: unknown, reply: FastifyReply, onFault: (error: unknown) => void): void {
  const refusal = parseRequestError(error);
  if (refusal === undefined) onFault(error);
  const { problem, headers } =
    refusal ??
    new RequestProblem(
      'LS_LEADER_NOT_PRESENT',
      'This server could not answer because of a fault, which is in its log. ' +
        'Try another server, or this one later.',
      { headers: { 'retry-after': String(retryAfterSecondsDefault) } },
    );
  if (problem.status === 413) takeRest(reply);
  void reply
    .code(problem.status)
    .headers(headers)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}

/** Lets the rest of a body come that is too long: its sender reads the answer only then. */
function takeRest(reply: FastifyReply): void {
  const { raw } = reply.request;
  let left = refusedBodyBytesMax;
  reply.removeHeader('connection');
  // Else the connection is closed as soon as the answer is written.
  if (!reply.raw.shouldKeepAlive) raw.once('end', () => raw.socket.end());
  reply.raw.shouldKeepAlive = true;
  raw.on('data', ({ length }: Buffer) => {
    left -= length;
    if (left < 0) raw.socket.destroy();
  });
}
