import { type IncomingMessage, request } from 'node:http';
import { systemCodeOf } from '../files/system-error.ts';
import type { AdminError } from '../../src-shared/contract/admin-error.ts';

export interface RawReply {
  ok: true;
  status: number;
  text: string;
}

export interface AdminPost {
  address: string;
  path: string;
  body: string;
  timeoutMs: number;
  answerBytesMax: number;
}

type AdminFailure = { ok: false } & AdminError;

/** One request over the socket or pipe. Never throws; ends within `timeoutMs`. */
export function post(options: AdminPost): Promise<RawReply | AdminFailure> {
  const { address, path, body, timeoutMs, answerBytesMax } = options;
  return new Promise((resolve) => {
    const finish = (result: RawReply | AdminFailure): void => {
      clearTimeout(timer);
      resolve(result);
      outgoing.destroy();
    };
    const outgoing = request({
      socketPath: address,
      method: 'POST',
      path,
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    const timer = setTimeout(() => {
      finish(away(`The server on this machine did not answer within ${timeoutMs / 1000} s.`));
    }, timeoutMs);
    outgoing.on('error', (error) => finish(describeFailure(error, address)));
    outgoing.on('response', (incoming) => {
      incoming.on('error', (error) => finish(describeFailure(error, address)));
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answerBytesMax) return finish(away('The answer of the server is too long.'));
        chunks.push(chunk);
      });
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        finish({ ok: true, status: incoming.statusCode ?? 0, text });
      });
    });
    outgoing.end(body);
  });
}

export interface AdminStream {
  close(): void;
}

/** Opens a stream of lines. `onEnd` is called when it is over, perhaps more than once. */
export function openStream(options: {
  address: string;
  path: string;
  onData: (chunk: Buffer) => void;
  onEnd: (error: AdminError) => void;
}): AdminStream {
  const { address, path, onData, onEnd } = options;
  const outgoing = request({ socketPath: address, method: 'GET', path, agent: false });
  const ended = (): void => onEnd(away('The server on this machine has stopped.'));
  const failed = (error: Error): void => onEnd(describeFailure(error, address));
  outgoing.on('error', failed);
  outgoing.on('response', (incoming: IncomingMessage) => {
    incoming.on('error', failed);
    if (incoming.statusCode !== 200) {
      onEnd(away(`The server refused to be watched (status ${incoming.statusCode ?? 0}).`));
      return;
    }
    incoming.on('data', onData);
    incoming.on('end', ended);
    incoming.on('close', ended);
  });
  outgoing.end();
  return { close: () => outgoing.destroy() };
}

function describeFailure(error: Error, address: string): AdminFailure {
  switch (systemCodeOf(error)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTSOCK':
      return away(
        `No server is running here (nothing listens at ${address}). Start the Understudy ` +
          'application or `understudy serve`, or say which data directory with --data-dir DIR.',
      );
    case 'EACCES':
    case 'EPERM':
      return away(
        `${address} belongs to another account. Run this as the account that the server runs ` +
          'under, or as an administrator.',
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return away('The server on this machine has stopped.');
    default:
      return away(`The server at ${address} cannot be reached: ${error.message}.`);
  }
}

function away(message: string): AdminFailure {
  return { ok: false, code: 'NODE_AWAY', message };
}
