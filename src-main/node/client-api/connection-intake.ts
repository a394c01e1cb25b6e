import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TurnQueue } from './turn-queue.ts';

type Listener = (socket: Socket) => void;

export interface IntakeOptions {
  /** A connection that has said nothing for so long is closed. */
  silentMs: number;
  turns: TurnQueue;
  /** Something came over the connection, or the other side left. */
  onHeard: (socket: Socket) => void;
  /** TLS begins with the connection. */
  onBegin: (socket: Socket) => void;
  /** The connection was closed, or left, without a word. */
  onSilent: () => void;
}

/**
 * Begins TLS with a connection when its first bytes have come. Many that speak, or leave, at once have
 * their turn one after the other, so that thousands of connections hold nobody else up.
 */
export function takeInWhatSpeaks(server: Server, options: IntakeOptions): void {
  const { silentMs, turns, onHeard, onBegin, onSilent } = options;
  const beginTls = server.listeners('connection') as Listener[];
  server.removeAllListeners('connection');
  const takeIn = (socket: Socket, forget: () => void) => {
    if (socket.destroyed) return;
    if (socket.readableLength === 0) {
      socket.destroy();
      onSilent();
      return;
    }
    forget();
    onBegin(socket);
    for (const listener of beginTls) listener.call(server, socket);
  };
  server.on('connection', (socket: Socket) => {
    if (socket.destroyed) return;
    let planned = false;
    listenToFirst(socket, silentMs, (forget) => {
      onHeard(socket);
      if (!planned) turns.push(() => takeIn(socket, forget));
      planned = true;
    });
  });
}

/** Tells `onTurn`, with what ends the listening, when bytes came, the other side left, or time is up. */
function listenToFirst(
  socket: Socket,
  silentMs: number,
  onTurn: (forget: () => void) => void,
): void {
  const { allowHalfOpen } = socket;
  const note = () => {
    clearTimeout(silence);
    onTurn(forget);
  };
  const forget = () => {
    socket.allowHalfOpen = allowHalfOpen;
    for (const event of ['readable', 'end']) socket.off(event, note);
    socket.off('error', ignore);
    socket.off('close', stopClock);
  };
  const stopClock = () => clearTimeout(silence);
  const silence = setTimeout(note, silentMs);
  // When the other side leaves, its connection ends in its turn and not at once.
  socket.allowHalfOpen = true;
  socket.on('error', ignore);
  socket.on('close', stopClock);
  for (const event of ['readable', 'end']) socket.on(event, note);
}

/** Whoever goes before it has said anything is of no interest. */
function ignore(): void {
  return;
}
