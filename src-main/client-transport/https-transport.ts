import { createHash, type X509Certificate } from 'node:crypto';
import { Agent, type RequestOptions, request } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import type {
  ClientTransport,
  TransportRequest,
  TransportResult,
} from '../../src-shared/client/client-ports.ts';
import { describeConnectionFailure, Distrusted } from './connection-failure.ts';

/** Longest answer that is read, in bytes. */
const answerBytesMax = 1024 * 1024;

interface PinnedRequestOptions extends RequestOptions {
  checkIdentity: TransportRequest['checkIdentity'];
  connectTimeoutMs: number;
}

/** SHA-256 of the SubjectPublicKeyInfo of a certificate, lower-case hex: a server's id. */
export function fingerprintOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
}

/**
 * HTTPS with connections that are kept. Servers are known by their key and not by a certificate
 * authority: the key is checked when a connection is made, before a byte of a request leaves.
 */
export class HttpsTransport implements ClientTransport {
  readonly #agent = new PinningAgent();

  async send(asked: TransportRequest): Promise<TransportResult> {
    const first = await this.#sendOnce(asked);
    // A kept connection may have been closed by the server in the meantime: try a new one.
    return first === 'stale' ? this.#finish(await this.#sendOnce(asked), asked) : first;
  }

  /** Closes every connection; requests under way end as broken. */
  close(): void {
    this.#agent.destroy();
  }

  #finish(result: TransportResult | 'stale', { target }: TransportRequest): TransportResult {
    if (result !== 'stale') return result;
    return {
      type: 'unreachable',
      reason: 'broken',
      detail: `${target} closes every connection at once.`,
    };
  }

  #sendOnce(asked: TransportRequest): Promise<TransportResult | 'stale'> {
    const { target, method, path, headers, body, answerTimeoutMs } = asked;
    const { host, port } = splitTarget(target);
    return new Promise((resolve) => {
      const options: PinnedRequestOptions = {
        host,
        port,
        method,
        path,
        headers: {
          ...headers,
          ...(method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body ?? '') }),
        },
        agent: this.#agent,
        checkIdentity: asked.checkIdentity,
        connectTimeoutMs: asked.connectTimeoutMs,
      };
      const outgoing = request(options);
      const finish = (result: TransportResult | 'stale'): void => {
        clearTimeout(timer);
        resolve(result);
      };
      const fail = (error: Error): void => {
        const stale = outgoing.reusedSocket && !(error instanceof Distrusted);
        finish(stale ? 'stale' : describeConnectionFailure(error, target));
      };
      const timer = setTimeout(() => {
        const detail = `${target} did not answer within ${answerTimeoutMs} ms.`;
        finish({ type: 'unreachable', reason: 'timeout', detail });
        outgoing.destroy();
      }, answerTimeoutMs);
      outgoing.on('error', fail);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        incoming.on('error', fail);
        incoming.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > answerBytesMax) outgoing.destroy(new Error('the answer is too long'));
          else chunks.push(chunk);
        });
        incoming.on('end', () => {
          const status = incoming.statusCode ?? 0;
          const text = Buffer.concat(chunks).toString('utf8');
          finish({ type: 'answered', status, headers: pickHeaders(incoming.headers), body: text });
        });
      });
      outgoing.end(body);
    });
  }
}

/** Makes connections that carry something only after their key was found to be the right one. */
class PinningAgent extends Agent {
  constructor() {
    // Without session resumption every connection shows its certificate.
    super({ keepAlive: true, maxSockets: 64, maxFreeSockets: 16, maxCachedSessions: 0 });
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): null {
    const { host, port, checkIdentity, connectTimeoutMs } = options as PinnedRequestOptions;
    const name = host ?? '';
    const isAddress = /^[\d.]+$|:/.test(name);
    const socket = connect({
      host: name,
      port: Number(port),
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      ...(isAddress ? {} : { servername: name }),
    });
    let settled = false;
    const settle = (error: Error | null): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (error) {
        socket.destroy();
        // The callback takes no stream when there is an error.
        (callback as ((error: Error) => void) | undefined)?.(error);
      } else {
        socket.off('error', settle);
        callback?.(null, socket);
      }
    };
    const timer = setTimeout(() => settle(connectTimeout(connectTimeoutMs)), connectTimeoutMs);
    socket.on('error', settle);
    socket.once('close', () => settle(new Error('the connection was closed')));
    socket.once('secureConnect', () => {
      void checkPeer(socket, checkIdentity).then(settle, settle);
    });
    return null;
  }
}

async function checkPeer(
  socket: TLSSocket,
  checkIdentity: TransportRequest['checkIdentity'],
): Promise<Error | null> {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return new Distrusted('The server showed no certificate.');
  const verdict = await checkIdentity(fingerprintOf(certificate));
  return verdict.trusted ? null : new Distrusted(verdict.message);
}

function connectTimeout(ms: number): Error {
  return Object.assign(new Error(`no connection within ${ms} ms`), { code: 'ETIMEDOUT' });
}

function splitTarget(target: string): { host: string; port: number } {
  const colon = target.lastIndexOf(':');
  const host = target.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(target.slice(colon + 1)) };
}

/** The headers that the client reads. */
function pickHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of ['location', 'retry-after']) {
    const value = headers[name];
    if (typeof value === 'string') picked[name] = value;
  }
  return picked;
}
