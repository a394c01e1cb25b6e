import type { Socket } from 'node:net';
import { addressConnectionsMax } from './limits.ts';

/** What the connections of a listener are at this moment. */
export interface ConnectionFigures {
  open: number;
  /** Refused since the start: too many in all, or of one address. */
  refused: number;
  /** Failed TLS handshakes since the start. */
  handshakeFailures: number;
}

/** Counts the connections of all listeners and refuses those over the limits. */
export class ConnectionGuard {
  readonly figures: ConnectionFigures = { open: 0, refused: 0, handshakeFailures: 0 };
  readonly #openByAddress = new Map<string, number>();
  #connectionsMax: number;

  constructor(connectionsMax: number) {
    this.#connectionsMax = connectionsMax;
  }

  /** Takes effect for new connections; open ones are left alone. */
  setConnectionsMax(connectionsMax: number): void {
    this.#connectionsMax = connectionsMax;
  }

  /** Counts the connection until it closes. False: it is over a limit and was not counted. */
  admit(socket: Socket): boolean {
    const address = socket.remoteAddress ?? '';
    const open = this.#openByAddress.get(address) ?? 0;
    if (
      this.figures.open >= this.#connectionsMax ||
      open >= addressConnectionsMax(this.#connectionsMax)
    ) {
      this.figures.refused += 1;
      return false;
    }
    this.figures.open += 1;
    this.#openByAddress.set(address, open + 1);
    socket.once('close', () => this.#forget(address));
    return true;
  }

  #forget(address: string): void {
    this.figures.open -= 1;
    const open = (this.#openByAddress.get(address) ?? 0) - 1;
    if (open > 0) this.#openByAddress.set(address, open);
    else this.#openByAddress.delete(address);
  }
}
