import { connect, type TLSSocket } from 'node:tls';

export interface RawAnswer {
  status: number;
  body: string;
}

/** One TLS connection on which whole requests are sent, byte by byte as they are given. */
export class RawConnection {
  readonly #socket: TLSSocket;
  #received = '';
  #waiting: { isHead: boolean; done: (answer: RawAnswer | undefined) => void } | undefined;
  #closed = false;

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#received += text;
      this.#look();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#closed = true;
      this.#waiting?.done(undefined);
    });
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /** The answer to one whole request; undefined: the connection was closed instead. */
  send(request: Buffer, isHead = false): Promise<RawAnswer | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((done) => {
      this.#waiting = { isHead, done };
      this.#socket.write(request);
    });
  }

  /** Sends anything and nothing more; resolves with all that came until the other side closed. */
  sendAndEnd(bytes: Buffer): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting = undefined;
      if (this.#closed) resolve(this.#received);
      this.#socket.once('close', () => resolve(this.#received));
      this.#socket.end(bytes);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #look(): void {
    const waiting = this.#waiting;
    const end = this.#received.indexOf('\r\n\r\n');
    if (!waiting || end < 0) return;
    const head = this.#received.slice(0, end);
    const status = Number(head.slice(9, 12));
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const bodyLength = waiting.isHead || status === 204 ? 0 : length;
    if (this.#received.length < end + 4 + bodyLength) return;
    const body = this.#received.slice(end + 4, end + 4 + bodyLength);
    this.#received = this.#received.slice(end + 4 + bodyLength);
    this.#waiting = undefined;
    waiting.done({ status, body });
  }
}
