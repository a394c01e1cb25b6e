import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { sourceOf } from '../base/host-address.ts';
import {
  addressConnectionsMax,
  handshakesMax,
  reservedConnectionsMax,
  silentConnectionsMax,
} from './limits.ts';

/** What the connections of a listener are at this moment. */
export interface ConnectionFigures {
  open: number;
  /** Refused since the start: too many in all, or of one address. */
  refused: number;
  /** Closed since the start to make room for others. */
  pushedOut: number;
  /** Failed TLS handshakes since the start. */
  handshakeFailures: number;
}

export interface ConnectionGuardOptions {
  connectionsMax: number;
  /** Whether room is kept for this address: a paired server, or this host itself. */
  isReserved: (address: string) => boolean;
}

interface Connection {
  /** The one beneath TLS. */
  socket: Socket;
  group: Group;
  /** The request that was begun last, while it is not answered. */
  request: IncomingMessage | null;
}

/**
 * Connections of one source, each in one of the sets, the oldest first: those on which no request has
 * come yet, those on which none is under way, and the others.
 */
interface Group {
  silent: Set<Connection>;
  /** Of the silent ones, those in the middle of the TLS handshake. */
  handshaking: Set<Connection>;
  idle: Set<Connection>;
  busy: Set<Connection>;
}

/**
 * Counts the connections of clients on all listeners, by source (IPv6: one /64), and keeps them within
 * the limits. When there is no room for another one, the silent ones go first: those that never asked
 * for anything, of the source that has most of them; then those that ask for nothing now; then those
 * whose request has not come whole. What is being answered is never cut off, and no source makes room for one
 * that has more than itself.
 */
export class ConnectionGuard {
  readonly figures: ConnectionFigures = {
    open: 0,
    refused: 0,
    pushedOut: 0,
    handshakeFailures: 0,
  };
  readonly #isReserved: ConnectionGuardOptions['isReserved'];
  readonly #groups = new Map<string, Group>();
  /** By `placeOf`: the raw socket and the one of TLS upon it are two objects. */
  readonly #connections = new Map<string, Connection>();
  #connectionsMax: number;
  #handshakes = 0;

  constructor({ connectionsMax, isReserved }: ConnectionGuardOptions) {
    this.#connectionsMax = connectionsMax;
    this.#isReserved = isReserved;
  }

  /** Takes effect for new connections; open ones are left alone. */
  setConnectionsMax(connectionsMax: number): void {
    this.#connectionsMax = connectionsMax;
  }

  /** Counts the connection until it closes. False: there is no room, and it was not counted. */
  admit(socket: Socket): boolean {
    const source = sourceOf(socket.remoteAddress);
    const group = this.#groups.get(source) ?? {
      silent: new Set(),
      handshaking: new Set(),
      idle: new Set(),
      busy: new Set(),
    };
    if (!this.#hasRoom(socket, group)) {
      this.figures.refused += 1;
      return false;
    }
    const place = placeOf(socket);
    const connection: Connection = { socket, group, request: null };
    this.#groups.set(source, group);
    group.silent.add(connection);
    this.#connections.set(place, connection);
    this.figures.open += 1;
    socket.once('close', () => {
      if (this.#connections.get(place) === connection) this.#forget(place, connection);
      if (sizeOf(group) === 0 && this.#groups.get(source) === group) this.#groups.delete(source);
    });
    return true;
  }

  /**
   * The TLS handshake begins on the connection. Where too many are in the middle of it, one of the
   * source that has most of them is closed, the oldest.
   */
  noteHandshake(socket: Socket): void {
    const connection = this.#connections.get(placeOf(socket));
    if (!connection) return;
    connection.group.handshaking.add(connection);
    this.#handshakes += 1;
    if (this.#handshakes <= handshakesMax) return;
    const oldest = oldestOfMost([...this.#groups.values()], ({ handshaking }) => handshaking);
    if (oldest) this.#close(oldest);
  }

  /** The TLS handshake has come to its end. */
  noteSecure(socket: Socket): void {
    const connection = this.#connections.get(placeOf(socket));
    if (connection) this.#endHandshake(connection);
  }

  /** A request has begun on the connection; returns the socket beneath TLS. */
  noteRequest(request: IncomingMessage): Socket | undefined {
    const connection = this.#connections.get(placeOf(request.socket));
    if (!connection) return undefined;
    this.#takeOut(connection);
    connection.request = request;
    connection.group.busy.add(connection);
    return connection.socket;
  }

  /** A request was answered. */
  noteAnswer(request: IncomingMessage): void {
    const connection = this.#connections.get(placeOf(request.socket));
    // The next request on the connection may have begun before.
    if (connection?.request !== request) return;
    this.#takeOut(connection);
    connection.request = null;
    connection.group.idle.add(connection);
  }

  /**
   * The connection is one of another server: it is counted elsewhere, not as a client's. Returns the
   * socket beneath TLS.
   */
  release(socket: Socket): Socket | undefined {
    const place = placeOf(socket);
    const connection = this.#connections.get(place);
    if (connection) this.#forget(place, connection);
    return connection?.socket;
  }

  #hasRoom(socket: Socket, group: Group): boolean {
    if (group.silent.size >= silentConnectionsMax) this.#pushOut([group]);
    if (sizeOf(group) >= addressConnectionsMax(this.#connectionsMax) && !this.#pushOut([group])) {
      return false;
    }
    if (this.figures.open < this.#connectionsMax) return true;
    const size = sizeOf(group);
    if (this.#pushOut([...this.#groups.values()].filter((other) => sizeOf(other) >= size)))
      return true;
    const most = this.#connectionsMax + reservedConnectionsMax;
    return this.figures.open < most && this.#isReserved(socket.remoteAddress ?? '');
  }

  /** Closes the connection that can best be done without; false: there is none. */
  #pushOut(groups: readonly Group[]): boolean {
    const connection =
      oldestOfMost(groups, ({ silent }) => silent) ??
      oldestOfMost(groups, ({ idle }) => idle) ??
      oldestUnfinished(groups);
    if (!connection) return false;
    this.#close(connection);
    return true;
  }

  #close(connection: Connection): void {
    this.#forget(placeOf(connection.socket), connection);
    this.figures.pushedOut += 1;
    connection.socket.destroy();
  }

  #forget(place: string, connection: Connection): void {
    this.#connections.delete(place);
    this.#takeOut(connection);
    this.figures.open -= 1;
  }

  #takeOut(connection: Connection): void {
    this.#endHandshake(connection);
    const { silent, idle, busy } = connection.group;
    for (const set of [silent, idle, busy]) set.delete(connection);
  }

  #endHandshake(connection: Connection): void {
    if (connection.group.handshaking.delete(connection)) this.#handshakes -= 1;
  }
}

function sizeOf({ silent, idle, busy }: Group): number {
  return silent.size + idle.size + busy.size;
}

/** The oldest one of the group that has most of the kind. */
function oldestOfMost(
  groups: readonly Group[],
  kind: (group: Group) => ReadonlySet<Connection>,
): Connection | undefined {
  let most: ReadonlySet<Connection> = new Set();
  for (const group of groups) if (kind(group).size > most.size) most = kind(group);
  const [oldest] = most;
  return oldest;
}

function oldestUnfinished(groups: readonly Group[]): Connection | undefined {
  for (const { busy } of [...groups].sort((a, b) => b.busy.size - a.busy.size)) {
    for (const connection of busy) if (connection.request?.complete === false) return connection;
  }
  return undefined;
}

/** Ends of a connection, which are the same for the raw socket and for that of TLS. */
function placeOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
