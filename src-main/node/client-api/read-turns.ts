import type { Socket } from 'node:net';

/** What connections say is taken in for so long, before others have their turn. */
const turnMs = 6;

/** Most connections that are listened to again in one turn. */
const sliceMax = 64;

/**
 * As much of the handle under a socket as is used. Node has no other way to leave what came with the
 * operating system where something else, like TLS, reads from the same handle.
 */
interface ReadHandle {
  /** Whether the owner of the handle wants to read. */
  reading: boolean;
  readStart(): void;
  readStop(): void;
}

/**
 * Bounds how long connections can hold the event loop by all speaking or leaving at once: libuv hands
 * over all that has happened, of up to 48 × 1,024 connections, before anything else has its turn. When
 * that takes too long, no connection is listened to any more, and then some in each turn again: those
 * first that were not heard, and fewer the longer it takes, so that nobody who keeps talking shuts
 * others out.
 */
export class ReadTurns {
  /** With whether it was heard since it is listened to. */
  readonly #listening = new Map<Socket, boolean>();
  #waiting = new Set<Socket>();
  #slice = sliceMax;
  #hasStopped = false;
  #endMs: number | undefined;

  /** From now on the connection has its turn with the others. */
  join(socket: Socket): void {
    this.#listening.set(socket, false);
    socket.once('close', () => this.#forget(socket));
  }

  /** The connection, one of another server, is always listened to. */
  leave(socket: Socket): void {
    if (this.#waiting.has(socket)) listen(socket);
    this.#forget(socket);
  }

  /** To be called where work begins that a connection has caused; of which one, where that is known. */
  heard(socket?: Socket): void {
    if (socket && this.#listening.has(socket)) this.#listening.set(socket, true);
    const nowMs = performance.now();
    if (this.#endMs === undefined) {
      this.#endMs = nowMs + turnMs;
      setImmediate(() => (this.#endMs = undefined));
    } else if (nowMs > this.#endMs && this.#listening.size > 0) this.#stop();
  }

  #stop(): void {
    this.#hasStopped = true;
    const unheard: Socket[] = [];
    const heard: Socket[] = [];
    for (const [socket, wasHeard] of this.#listening) {
      (wasHeard ? heard : unheard).push(socket);
      const handle = handleOf(socket);
      if (handle?.reading === true) handle.readStop();
    }
    this.#listening.clear();
    if (this.#waiting.size === 0) setImmediate(() => this.#resume());
    this.#waiting = new Set([...unheard, ...this.#waiting, ...heard]);
  }

  #resume(): void {
    this.#slice = this.#hasStopped
      ? Math.max(1, Math.floor(this.#slice / 2))
      : Math.min(sliceMax, this.#slice * 2);
    this.#hasStopped = false;
    let room = this.#slice;
    for (const socket of this.#waiting) {
      if (room-- === 0) break;
      this.#waiting.delete(socket);
      this.#listening.set(socket, false);
      listen(socket);
    }
    if (this.#waiting.size > 0) setImmediate(() => this.#resume());
  }

  #forget(socket: Socket): void {
    this.#listening.delete(socket);
    this.#waiting.delete(socket);
  }
}

function listen(socket: Socket): void {
  const handle = handleOf(socket);
  if (handle?.reading === true) handle.readStart();
}

function handleOf(socket: Socket): ReadHandle | null | undefined {
  return (socket as unknown as { _handle?: ReadHandle | null })._handle;
}
