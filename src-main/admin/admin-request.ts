import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { systemCodeOf } from '../files/system-error.ts';
import type { AdminError } from '../../src-shared/contract/admin-error.ts';
import { askPipeMaker, describeDenied, describeNobody } from './pipe-maker.ts';

export interface RawReply {
  ok: true;
  status: number;
  text: string;
}

export interface AdminTarget {
  address: string;
  /** What says who has made the pipe before anything is sent (`findPipeProgram`). */
  pipeProgram: string | null;
}

export interface AdminPost extends AdminTarget {
  path: string;
  body: string;
  timeoutMs: number;
  answerBytesMax: number;
}

type AdminFailure = { ok: false } & AdminError;

/** Longest time until it is known who has made the pipe. */
const pipeMakerWithinMs = 10_000;

/** One request over the socket or pipe. Never throws; ends within `timeoutMs`. */
export async function post(options: AdminPost): Promise<RawReply | AdminFailure> {
  const { address, pipeProgram, timeoutMs } = options;
  const begunMs = performance.now();
  const withinMs = Math.min(pipeMakerWithinMs, timeoutMs);
  const maker = await askPipeMaker(pipeProgram, address, withinMs);
  if (!maker.ok) return away(maker.message);
  return send(options, begunMs + timeoutMs - performance.now(), maker.release);
}

function send(
  { address, path, body, timeoutMs, answerBytesMax }: AdminPost,
  leftMs: number,
  onConnected: () => void,
): Promise<RawReply | AdminFailure> {
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
    callOnceConnected(outgoing, onConnected);
    const timer = setTimeout(() => {
      finish(away(`The server on this machine did not answer within ${timeoutMs / 1000} s.`));
    }, leftMs);
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

/** Or once it is clear that it never will be. */
function callOnceConnected(outgoing: ClientRequest, onConnected: () => void): void {
  outgoing.once('socket', (socket) => socket.once('connect', onConnected));
  outgoing.once('close', onConnected);
}

export interface AdminStream {
  close(): void;
}

export interface AdminStreamOptions extends AdminTarget {
  path: string;
  onData: (chunk: Buffer) => void;
  onEnd: (error: AdminError) => void;
}

/** Opens a stream of lines. `onEnd` is called when it is over, perhaps more than once. */
export function openStream(options: AdminStreamOptions): AdminStream {
  const { address, pipeProgram, onEnd } = options;
  let closed = false;
  let outgoing: ClientRequest | undefined;
  void askPipeMaker(pipeProgram, address, pipeMakerWithinMs).then((maker) => {
    if (!maker.ok) return onEnd(away(maker.message));
    if (closed) return maker.release();
    outgoing = sendWatch(options);
    callOnceConnected(outgoing, maker.release);
  });
  return {
    close: () => {
      closed = true;
      outgoing?.destroy();
    },
  };
}

const hasStopped = 'The server on this machine has stopped.';

function sendWatch({ address, path, onData, onEnd }: AdminStreamOptions): ClientRequest {
  const outgoing = request({ socketPath: address, method: 'GET', path, agent: false });
  const ended = (): void => onEnd(away(hasStopped));
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
  return outgoing;
}

function describeFailure(error: Error, address: string): AdminFailure {
  switch (systemCodeOf(error)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTSOCK':
      return away(describeNobody(address));
    case 'EACCES':
    case 'EPERM':
      return away(describeDenied(address));
    case 'ECONNRESET':
    case 'EPIPE':
      return away(hasStopped);
    default:
      return away(`The server at ${address} cannot be reached: ${error.message}.`);
  }
}

function away(message: string): AdminFailure {
  return { ok: false, code: 'NODE_AWAY', message };
}
