import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** Longest time in which connections are begun and ended, before others have their turn. */
const turnMs = 5;

type Listener = (socket: Socket) => void;

/**
 * Begins TLS with a connection when its first bytes have come. Many that speak, or leave, at once have
 * their turn one after the other, so that thousands of connections hold nobody else up. One that has
 * said nothing for `silentMs` is closed; of it, and of one that left without a word, `onSilent` is told.
 */
export function takeInWhatSpeaks(server: Server, silentMs: number, onSilent: () => void): void {
  const beginTls = server.listeners('connection') as Listener[];
  server.removeAllListeners('connection');
  const waiting = new Map<Socket, () => void>();
  let planned = false;
  const takeIn = (socket: Socket, forget: () => void) => {
    if (socket.destroyed) return;
    if (socket.readableLength === 0) {
      socket.destroy();
      onSilent();
      return;
    }
    forget();
    for (const listener of beginTls) listener.call(server, socket);
  };
  const takeTurn = () => {
    const endMs = performance.now() + turnMs;
    for (const [socket, forget] of waiting) {
      waiting.delete(socket);
      takeIn(socket, forget);
      if (performance.now() >= endMs) break;
    }
    planned = waiting.size > 0;
    if (planned) setImmediate(takeTurn);
  };
  const waitFor = (socket: Socket, forget: () => void) => {
    waiting.set(socket, forget);
    if (planned) return;
    planned = true;
    setImmediate(takeTurn);
  };
  server.on('connection', (socket: Socket) => {
    if (!socket.destroyed) listenToFirst(socket, silentMs, waitFor);
  });
}

/** Tells `onTurn`, with what ends the listening, when bytes came, the other side left, or time is up. */
function listenToFirst(
  socket: Socket,
  silentMs: number,
  onTurn: (socket: Socket, forget: () => void) => void,
): void {
  const { allowHalfOpen } = socket;
  const note = () => {
    clearTimeout(silence);
    onTurn(socket, forget);
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
