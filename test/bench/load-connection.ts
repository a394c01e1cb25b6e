import { connect, type TLSSocket } from 'node:tls';

const headEnd = Buffer.from('\r\n\r\n');
const lengthName = 'content-length: ';

/**
 * One keep-alive connection with one request in flight, as light as it can be: requests are written
 * as ready-made text, and of an answer only status, length and body are looked at.
 */
export class LoadConnection {
  readonly #socket: TLSSocket;
  #received: Buffer | undefined;
  #resolve: ((answer: { status: number; body: string }) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The server closed the connection')));
  }

  /** From an address of this host; from that of the server by default. */
  static open(port: number, localAddress?: string): Promise<LoadConnection> {
    return new Promise((resolve, reject) => {
      const from = localAddress === undefined ? {} : { localAddress };
      const to = { host: '127.0.0.1', port, rejectUnauthorized: false };
      const socket = connect({ ...to, ...from });
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        socket.off('error', reject);
        resolve(new LoadConnection(socket));
      });
    });
  }

  send(request: string): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.#reject = undefined;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const data = this.#received ? Buffer.concat([this.#received, chunk]) : chunk;
    this.#received = data;
    const end = data.indexOf(headEnd);
    if (end === -1) return;
    const head = data.toString('latin1', 0, end);
    const at = head.indexOf(lengthName);
    const length = at === -1 ? 0 : Number.parseInt(head.slice(at + lengthName.length), 10);
    const bodyBegin = end + headEnd.length;
    if (data.length < bodyBegin + length) return;
    this.#received = undefined;
    const answer = {
      status: Number(head.slice(9, 12)),
      body: data.toString('latin1', bodyBegin, bodyBegin + length),
    };
    this.#resolve?.(answer);
  }

  #fail(error: Error): void {
    this.#reject?.(error);
  }
}

/** A checkout by the client instance of this number; every one is equally long. */
export function checkoutRequest(feature: string, instance: string): string {
  const client = `{"instance":"${instance}","user":"user-${instance.slice(-3)}","host":"bench"}`;
  const body = `{"feature":"${feature}","client":${client}}`;
  return (
    'POST /v1/leases HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

export function renewRequest(leaseId: string): string {
  return `POST /v1/leases/${leaseId}/renew HTTP/1.1\r\nHost: bench\r\n\r\n`;
}
