import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Readable } from 'node:stream';
import type { AdminError, AdminErrorCode } from '../../../src-shared/contract/admin-error.ts';
import {
  adminBodyBytesMax,
  adminContract,
  type AdminMethod,
} from '../../../src-shared/contract/admin.ts';
import { type AdminService, internalError } from './admin-service.ts';
import type { Log } from '../base/log.ts';
import { listenOnAdminSocket } from './admin-socket.ts';
import { openWatchStream } from './watch-stream.ts';

export interface AdminApiOptions {
  service: AdminService;
  /** Path of the socket or name of the pipe. */
  address: string;
  /** Whether accounts in the group of this process may use the socket too. */
  admitGroup: boolean;
  log: Pick<Log, 'error'>;
  /** Called once the answer to `stop` is on its way. */
  onStopAsked: () => void;
}

export interface AdminApi {
  close(): Promise<void>;
}

/** Status of an answer that says no for a reason of the matter; others are listed below. */
const refusedStatus = 422;

const statusByCode: Partial<Record<AdminErrorCode, number>> = {
  BAD_REQUEST: 400,
  DEMO_NEEDS_CONSENT: 403,
  NO_SUCH_METHOD: 404,
  NO_SUCH_LICENSE: 404,
  NO_SUCH_LEASE: 404,
  NO_SUCH_VENDOR: 404,
  NO_SUCH_SERVER: 404,
  NO_FORMER_VERSION: 404,
  STORE_UNAVAILABLE: 503,
  NODE_AWAY: 503,
  INTERNAL: 500,
};

/** Streams of snapshots at the same time: windows, `events --follow` and scripts. */
const watchersMax = 64;

interface WatchQuery {
  unchanged?: string;
  pace?: string;
}

/**
 * The admin interface on the local socket (see `adminContract`); who may use it is decided by the
 * operating system's permissions.
 *
 * @throws {NodeStartFailure} when the socket cannot be opened
 */
export async function startAdminApi(options: AdminApiOptions): Promise<AdminApi> {
  const { service, address, log } = options;
  const watchers = new Set<Readable>();
  const server = Fastify({ bodyLimit: adminBodyBytesMax, forceCloseConnections: true });
  answerInJson(server, log);
  server.post<{ Params: { method: string } }>('/admin/v1/:method', (request, reply) =>
    answerCall(options, request.params.method, request.body ?? {}, reply),
  );
  server.get<{ Querystring: WatchQuery }>('/admin/v1/watch', (request, reply) => {
    if (watchers.size >= watchersMax) {
      const message = `${watchersMax} programs watch this server already. Close one of them.`;
      return refuse(reply, { code: 'BAD_REQUEST', message });
    }
    const { unchanged, pace } = request.query;
    const stream = openWatchStream(service, {
      takesUnchanged: unchanged === '1',
      pace: pace === 'calm' ? 'calm' : 'close',
    });
    watchers.add(stream);
    stream.once('close', () => watchers.delete(stream));
    return reply.type('application/x-ndjson').send(stream);
  });
  await server.ready();
  await listenOnAdminSocket(server.server, address, options.admitGroup);
  return {
    close: async () => {
      for (const stream of watchers) stream.destroy();
      await server.close();
    },
  };
}

async function answerCall(
  { service, onStopAsked }: AdminApiOptions,
  method: string,
  body: unknown,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!isAdminMethod(method)) {
    const message =
      `This server has no admin method ${method}. Use the command line or the window of the same ` +
      'version as the server.';
    return refuse(reply, { code: 'NO_SUCH_METHOD', message });
  }
  const parsed = adminContract[method].params.safeParse(body);
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, 5);
    const message = issues.map((issue) => {
      const field = issue.path.join('.');
      return field === '' ? issue.message : `${field}: ${issue.message}`;
    });
    return refuse(reply, { code: 'BAD_REQUEST', message: `${message.join('; ')}.` });
  }
  const answer = await service.call(method, parsed.data);
  // A stop ends the connections of admins too: not before this one has its answer.
  if (method === 'stop' && answer.ok) reply.raw.once('close', onStopAsked);
  return answer.ok ? reply.send(answer.value) : refuse(reply, answer);
}

function isAdminMethod(name: string): name is AdminMethod {
  return Object.hasOwn(adminContract, name);
}

function refuse(reply: FastifyReply, { code, message }: AdminError): FastifyReply {
  return reply.status(statusByCode[code] ?? refusedStatus).send({ error: { code, message } });
}

function answerInJson(server: FastifyInstance, log: Pick<Log, 'error'>): void {
  server.setNotFoundHandler((request, reply) =>
    refuse(reply, {
      code: 'NO_SUCH_METHOD',
      message: `There is nothing at ${request.method} ${request.url.slice(0, 200)}.`,
    }),
  );
  server.setErrorHandler((error: unknown, _request, reply) => {
    const status: unknown = error instanceof Error ? Reflect.get(error, 'statusCode') : undefined;
    const message = error instanceof Error ? error.message : String(error);
    if (typeof status === 'number' && status < 500) {
      const body: AdminError = { code: 'BAD_REQUEST', message: `${message}.` };
      return reply.status(status).send({ error: body });
    }
    log.error('The admin API failed', error);
    return refuse(reply, internalError);
  });
}
