import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Server as TlsServer, type TLSSocket } from 'node:tls';
import { formatHostPort } from '../base/host-address.ts';
import type { Identity } from '../identity/identity.ts';
import { takeInWhatSpeaks } from './connection-intake.ts';
import type { ConnectionGuard } from './connection-guard.ts';
import type { ReadTurns } from './read-turns.ts';
import { TurnQueue } from './turn-queue.ts';
import { headerBytesMax, headersMax, type ConnectionTimeouts } from './limits.ts';
import { answerBrokenRequest } from './broken-request.ts';

/** Key and certificate of this server. */
export type TlsIdentity = Pick<Identity, 'keyPem' | 'certPem'>;

export type ListenFailureCode =
  'PORT_IN_USE' | 'PORT_FORBIDDEN' | 'ADDRESS_UNAVAILABLE' | 'LISTEN_FAILED';

/** The port could not be opened. The message says what to do. */
export class ListenFailure extends Error {
  override name = 'ListenFailure';
  readonly code: ListenFailureCode;
  constructor(code: ListenFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface TlsListener {
  readonly host: string;
  /** The port in use, also where 0 was asked for. */
  readonly port: number;
  /** Frees the port. Open connections live on until their next answer. */
  stopAccepting(): void;
  /** Closes connections on which no request is under way. */
  closeIdle(): void;
  /** Ends every connection after what was written to it. */
  closeAll(): void;
  /** Ends every connection at once. */
  destroyAll(): void;
  /** Resolves when the port is free and the last connection has closed. */
  closed(): Promise<void>;
}

/** The other protocol on the port: links between servers, chosen by ALPN. */
export interface PeerDoor {
  alpn: string;
  take: (socket: TLSSocket) => void;
  /** Whether room is kept for connections of this address. */
  isReserved: (address: string) => boolean;
}

export interface TlsListenerOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  identity: TlsIdentity;
  guard: ConnectionGuard;
  readTurns: ReadTurns;
  timeouts: ConnectionTimeouts;
  onRequest: RequestListener;
  peers: PeerDoor;
  /** After the port was open, an error of the listening socket itself. */
  onError: (error: Error) => void;
}

/** Opens the client port. Rejects with `ListenFailure`. */
export async function openTlsListener(options: TlsListenerOptions): Promise<TlsListener> {
  const { host, guard, readTurns, onRequest } = options;
  const server = createTlsServer(options, (request, response) => {
    // While it closes, every answer is the last one of its connection.
    if (!server.listening) response.setHeader('connection', 'close');
    const noteHeard = () => readTurns.heard(socket);
    const socket = guard.noteRequest(request);
    noteHeard();
    request.once('end', noteHeard);
    response.once('close', () => guard.noteAnswer(request));
    onRequest(request, response);
  });
  const rawSockets = trackSockets(server, 'connection');
  const tlsSockets = trackSockets(server, 'secureConnection');
  server.prependListener('connection', (socket: Socket) => {
    if (guard.admit(socket)) readTurns.join(socket);
    else socket.destroy();
  });
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  await listen(server, host, options.port);
  server.on('error', (error) => options.onError(error));
  const { port } = server.address() as AddressInfo;
  return {
    host,
    port,
    stopAccepting: () => {
      // The `close` of HTTP servers closes idle connections at once, under requests that are on their way.
      if (server.listening) TlsServer.prototype.close.call(server);
    },
    closeIdle: () => {
      server.close();
    },
    closeAll: () => {
      for (const socket of tlsSockets) socket.destroySoon();
    },
    destroyAll: () => {
      for (const socket of [...tlsSockets, ...rawSockets]) socket.destroy();
    },
    closed: () => closed,
  };
}

/**
 * The server of the one port. HTTP is chosen by ALPN, or by a client that offers none; other servers
 * choose theirs and never come near HTTP.
 */
function createTlsServer(
  { identity, guard, readTurns, timeouts, peers }: TlsListenerOptions,
  onRequest: RequestListener,
): Server {
  const server = createServer(
    {
      key: identity.keyPem,
      cert: identity.certPem,
      minVersion: 'TLSv1.2',
      ALPNProtocols: [peers.alpn, 'http/1.1'],
      // Other servers show a certificate, clients have none. What a key may do is decided by its
      // fingerprint; no authority signs these certificates.
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: timeouts.handshakeMs,
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      keepAliveTimeout: timeouts.keepAliveMs,
      connectionsCheckingInterval: timeouts.checkIntervalMs,
      maxHeaderSize: headerBytesMax,
      // Node's own refusal has no problem document; the router refuses it instead.
      requireHostHeader: false,
    },
    onRequest,
  );
  const noteFailure = () => {
    guard.figures.handshakeFailures += 1;
  };
  const turns = new TurnQueue();
  takeInWhatSpeaks(server, {
    silentMs: timeouts.handshakeMs,
    turns,
    onHeard: (socket) => readTurns.heard(socket),
    onBegin: (socket) => guard.noteHandshake(socket),
    onSilent: noteFailure,
  });
  routeByProtocol(server, peers, guard, readTurns);
  server.maxHeadersCount = headersMax;
  server.timeout = timeouts.unreadMs;
  server.on('checkExpectation', onRequest);
  server.on('tlsClientError', (_error, socket) => {
    noteFailure();
    turns.push(() => socket.destroy());
  });
  // Thousands of requests can be over their time at once.
  server.on('clientError', (error, socket) => turns.push(() => answerBrokenRequest(error, socket)));
  return server;
}

function routeByProtocol(
  server: Server,
  peers: PeerDoor,
  guard: ConnectionGuard,
  readTurns: ReadTurns,
): void {
  const toHttp = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[];
  server.removeAllListeners('secureConnection');
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === peers.alpn) {
      const released = guard.release(socket);
      if (released) readTurns.leave(released);
      peers.take(socket);
      return;
    }
    guard.noteSecure(socket);
    const noteHeard = () => readTurns.heard();
    noteHeard();
    for (const event of ['end', 'error']) socket.on(event, noteHeard);
    for (const listener of toHttp) listener.call(server, socket);
  });
}

function trackSockets(server: Server, event: 'connection' | 'secureConnection'): Set<Socket> {
  const sockets = new Set<Socket>();
  server.prependListener(event, (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      reject(describeListenFailure(error, host, port));
    };
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

function describeListenFailure(
  error: NodeJS.ErrnoException,
  host: string,
  port: number,
): ListenFailure {
  const at = formatHostPort(host, port);
  switch (error.code) {
    case 'EADDRINUSE':
      return new ListenFailure(
        'PORT_IN_USE',
        `Another program listens on ${at}. Stop it, or choose another port in the settings.`,
      );
    case 'EACCES':
    case 'EPERM':
      return new ListenFailure(
        'PORT_FORBIDDEN',
        `The operating system does not allow this program to listen on ${at}. ` +
          'Choose a port above 1023, or ask the administrator of the host.',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return new ListenFailure(
        'ADDRESS_UNAVAILABLE',
        `This host has no address ${host}. Choose one of its own addresses, or 0.0.0.0 for all.`,
      );
    default:
      return new ListenFailure(
        'LISTEN_FAILED',
        `Listening on ${at} failed (${error.code ?? error.message}). ` +
          'Check the listen address and port in the settings.',
      );
  }
}
