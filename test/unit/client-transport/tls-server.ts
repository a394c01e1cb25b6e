import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Identity, loadIdentity } from '../../../src-main/node/identity/identity.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

export interface TlsServer {
  target: string;
  identity: Identity;
  /** Requests that arrived, such as `POST /v1/leases`. */
  heard: string[];
  connectionCount: () => number;
  /** Closes every connection. */
  drop: () => void;
}

/** A TLS server with an identity as a node has it, on a free port of 127.0.0.1. */
export async function startTlsServer(listener: RequestListener): Promise<TlsServer> {
  const identity = await loadIdentity(makeTemporaryDirectory());
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  let connectionCount = 0;
  const server = createServer({ key: identity.keyPem, cert: identity.certPem }, (asked, answer) => {
    heard.push(`${asked.method ?? ''} ${asked.url ?? ''}`);
    listener(asked, answer);
  });
  server.on('secureConnection', (socket: Socket) => {
    connectionCount++;
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  const port = await listen(server);
  const drop = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  onTestFinished(() => {
    drop();
    server.close();
  });
  return {
    target: `127.0.0.1:${port}`,
    identity,
    heard,
    connectionCount: () => connectionCount,
    drop,
  };
}

/** Resolves with a free port of 127.0.0.1 on which the server listens. */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
