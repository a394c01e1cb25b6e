import { connect, type TLSSocket } from 'node:tls';
import { encodeFrame, frameBytesMax, FrameDecoder } from '../../src-main/node/peers/link/frame.ts';
import {
  type LinkMessage,
  peerAlpn,
  peerProtocolVersion,
} from '../../src-main/node/peers/link/link-message.ts';
import {
  makePairingProof,
  pairingExporterLabel,
} from '../../src-main/node/peers/pairing/pairing-proof.ts';
import { normalizePairingCode } from '../../src-shared/model/pairing-code.ts';
import type { Identity } from '../../src-main/node/identity/identity.ts';

const details = { appVersion: '0', port: null, addresses: [], clientAddresses: [], boots: [] };

export interface HostileCall {
  id: number;
  method: string;
  args: Record<string, unknown>;
}

/** A server that is paired in order, and then says over the link whatever it likes. */
export class HostileServer {
  readonly #identity: Identity;
  readonly #port: number;
  #socket: TLSSocket | undefined;
  /** What it answers to a method; without one it says nothing. */
  readonly answers: Record<string, (call: HostileCall) => unknown> = {};

  constructor(identity: Identity, port: number) {
    this.#identity = identity;
    this.#port = port;
  }

  get id(): string {
    return this.#identity.id;
  }

  /** Uses a code up, from an address of this host; rejects when it is refused. */
  async pair(inviterId: string, code: string, localAddress?: string): Promise<void> {
    const { socket, read } = await this.#connect(localAddress);
    this.#write(socket, this.#hello('pair'));
    await read('hello');
    const exported = socket.exportKeyingMaterial(32, pairingExporterLabel, Buffer.alloc(0));
    const channel = { joinerId: this.id, inviterId, exported };
    const normal = normalizePairingCode(code) ?? '';
    this.#write(socket, { type: 'proof', mac: makePairingProof(normal, 'joiner', channel) });
    await read('proof');
    this.#write(socket, { type: 'paired', details, consent: ['keep', 'share', 'witness'] });
    await read('paired');
    socket.destroy();
  }

  /** Becomes the link. */
  async link(otherId: string): Promise<void> {
    const { socket, read, onMessage } = await this.#connect();
    this.#socket = socket;
    this.#write(socket, { ...this.#hello('link'), details });
    await read('hello');
    if (this.id < otherId) this.#write(socket, { type: 'welcome' });
    else await read('welcome');
    onMessage((message) => this.#hear(message));
  }

  get isUp(): boolean {
    return this.#socket?.writable ?? false;
  }

  /** Sends the text of one frame; resolves when the operating system has it. */
  say(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#socket?.writable) return resolve();
      this.#socket.write(encodeFrame(text), () => resolve());
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #hear(message: LinkMessage): void {
    if (message.type === 'ping' && this.#socket) {
      const nowMs = Date.now();
      const pong = { count: message.count, receivedMs: nowMs, sentMs: nowMs };
      this.#write(this.#socket, { type: 'pong', ...pong });
    }
    if (message.type !== 'payload') return;
    const data = message.data as { type: string } & HostileCall;
    if (data.type !== 'call') return;
    const value = this.answers[data.method]?.(data);
    if (value === undefined) return;
    const answer = { type: 'answer', id: data.id, answer: { ok: true, value } };
    void this.say(JSON.stringify({ type: 'payload', data: answer }));
  }

  #hello(purpose: 'pair' | 'link') {
    return {
      type: 'hello',
      version: peerProtocolVersion,
      id: this.id,
      name: 'Hostile',
      purpose,
    } as const;
  }

  #write(socket: TLSSocket, message: LinkMessage): void {
    socket.write(encodeFrame(JSON.stringify(message)));
  }

  async #connect(localAddress?: string) {
    const { keyPem: key, certPem: cert } = this.#identity;
    const socket = connect({
      host: '127.0.0.1',
      port: this.#port,
      ...(localAddress === undefined ? {} : { localAddress }),
      key,
      cert,
      rejectUnauthorized: false,
      ALPNProtocols: [peerAlpn],
      minVersion: 'TLSv1.3',
    });
    socket.on('error', () => undefined);
    const decoder = new FrameDecoder(frameBytesMax);
    const early: LinkMessage[] = [];
    let take: (message: LinkMessage) => void = (message) => void early.push(message);
    socket.on('data', (chunk: Buffer) => {
      for (const text of decoder.push(chunk).texts) take(JSON.parse(text) as LinkMessage);
    });
    const onMessage = (listener: (message: LinkMessage) => void) => {
      take = listener;
      for (const message of early.splice(0)) listener(message);
    };
    const read = (type: LinkMessage['type']) =>
      new Promise<LinkMessage>((resolve, reject) => {
        onMessage((message) => {
          take = (next) => void early.push(next);
          if (message.type === type) resolve(message);
          else reject(new Error(`${JSON.stringify(message)} came in the place of ${type}`));
        });
      });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    return { socket, read, onMessage };
  }
}
