import type { TLSSocket } from 'node:tls';
import { formatHostPort } from '../../base/host-address.ts';
import { encodeFrame, frameBytesMax, FrameDecoder, strangerFrameBytesMax } from './frame.ts';
import { type PeerIdentity, readPeer } from './peer-identity.ts';
import {
  earlyMessagesMax,
  messagesPerSecondMax,
  sendQueueBytesMax,
  strangerMessagesMax,
} from './peer-limits.ts';
import { type LongHead, LongMessage, longMessageChars, readLongHead } from './long-message.ts';
import { parseLinkMessage, type LinkMessage, type LinkRefusalCode } from './link-message.ts';

/** Why a connection ended. Only `peer` is evidence of what happened at the other end. */
export interface CloseCause {
  by: 'us' | 'peer' | 'network';
  detail: string;
}

/** Longest time that is taken for one connection before others have their turn. */
const turnMsMax = 8;

type Waiter = (message: LinkMessage | undefined) => void;

/** One TLS connection between servers: messages in frames, with every limit on them. */
export class PeerConnection {
  /** Null: the other end has shown no key. */
  readonly peer: PeerIdentity | null;
  /** Address of the other end, without its port. */
  readonly remoteHost: string;
  readonly #socket: TLSSocket;
  readonly #decoder = new FrameDecoder(strangerFrameBytesMax);
  readonly #early: LinkMessage[] = [];
  /** Frames that came and wait for their turn. */
  readonly #unread: string[] = [];
  #broken: string | undefined;
  /** Time that was taken for this connection since the loop was let free. */
  #spentMs = 0;
  #resting = false;
  #trusted = false;
  #earlyCount = 0;
  #waiter: Waiter | undefined;
  #handler: ((message: LinkMessage) => void) | undefined;
  #cause: CloseCause | undefined;
  #onClose: ((cause: CloseCause) => void) | undefined;
  #closed = false;
  #secondBegunMs = 0;
  #messagesInSecond = 0;
  #paused: NodeJS.Timeout | undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.peer = readPeer(socket);
    this.remoteHost = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    socket.setNoDelay(true);
    socket.setTimeout(0);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#note('peer', 'the other end closed it'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const byPeer = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      this.#note(byPeer ? 'peer' : 'network', error.code ?? error.message);
    });
    socket.on('close', () => this.#finish());
    if (socket.destroyed) setImmediate(() => this.#finish());
  }

  /** Fingerprint of the other end's key; null when it showed none. */
  get peerId(): string | null {
    return this.peer?.id ?? null;
  }

  get isOpen(): boolean {
    return this.#cause === undefined && !this.#closed;
  }

  /** `host:port` of the other end. */
  get remote(): string {
    return formatHostPort(this.remoteHost, this.#socket.remotePort ?? 0);
  }

  /** Keying material of this very TLS channel (RFC 9266 style), 32 bytes. */
  exportKeyingMaterial(label: string): Buffer {
    return this.#socket.exportKeyingMaterial(32, label, Buffer.alloc(0));
  }

  /** False: it is closed, or the other end reads so slowly that it was disconnected. */
  send(message: LinkMessage): boolean {
    if (!this.isOpen) return false;
    const frame = encodeFrame(JSON.stringify(message));
    if (this.#socket.writableLength + frame.length > sendQueueBytesMax) {
      this.destroy('the other end reads too slowly');
      return false;
    }
    this.#socket.write(frame);
    return true;
  }

  /** The next message, in a connection that is no link yet; undefined: none came, or it closed. */
  next(timeoutMs: number): Promise<LinkMessage | undefined> {
    const early = this.#early.shift();
    if (early || !this.isOpen) return Promise.resolve(early);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiter = undefined;
        resolve(undefined);
      }, timeoutMs);
      this.#waiter = (message) => {
        clearTimeout(timer);
        this.#waiter = undefined;
        resolve(message);
      };
    });
  }

  /**
   * The other end has a paired key: long frames and many messages are taken from it. `wants` says whether
   * a long message is read at all, before it has come.
   */
  trust(wants: (head: LongHead, bytes: number) => boolean): void {
    this.#trusted = true;
    this.#decoder.setBytesMax(frameBytesMax);
    this.#decoder.screenFrom(longMessageChars, (head, bytes) => wants(readLongHead(head), bytes));
  }

  /** From here on it is the link, and every message goes to `handler`. */
  becomeLink(handler: (message: LinkMessage) => void): void {
    this.#handler = handler;
    for (const message of this.#early.splice(0)) handler(message);
  }

  /** Calls back once, at once when it is closed already. */
  onClose(listener: (cause: CloseCause) => void): void {
    this.#onClose = listener;
    if (this.#closed) this.#finish();
  }

  /** Says why, and ends it when that has been sent. */
  refuse(code: LinkRefusalCode): void {
    this.end({ type: 'refused', code });
  }

  /** Sends a last message and ends it. */
  end(last?: LinkMessage): void {
    if (!this.isOpen) return;
    if (last) this.send(last);
    this.#note('us', 'it was ended here');
    this.#socket.end();
    this.#socket.resume();
    // An other end that does not take the last message is not waited for.
    setTimeout(() => this.#socket.destroy(), 1_000).unref();
  }

  destroy(detail: string): void {
    this.#note('us', detail);
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (!this.isOpen) return;
    const decoded = this.#decoder.push(chunk);
    this.#unread.push(...decoded.texts);
    if (!decoded.ok) this.#broken = `the other end sent a broken frame (${decoded.code})`;
    this.#readOn();
  }

  /** Takes what has come, for a while; the rest waits until others have had their turn. */
  #readOn(): void {
    if (this.#resting) return;
    for (let text = this.#unread.shift(); text !== undefined; text = this.#unread.shift()) {
      const begunMs = performance.now();
      this.#take(text);
      this.#spentMs += performance.now() - begunMs;
      if (this.#spentMs > turnMsMax) return this.#rest();
    }
    if (this.#broken !== undefined && this.isOpen) this.#breakOff(this.#broken);
  }

  #rest(): void {
    this.#resting = true;
    if (!this.#paused) this.#socket.pause();
    setImmediate(() => {
      this.#resting = false;
      this.#spentMs = 0;
      if (!this.#paused) this.#socket.resume();
      this.#readOn();
    });
  }

  #take(text: string): void {
    if (!this.isOpen) return;
    const isLong = this.#trusted && text.length > longMessageChars;
    // As a payload that is not parsed yet.
    const message = isLong
      ? ({ type: 'payload', data: new LongMessage(readLongHead(text), text) } as const)
      : parseLinkMessage(text);
    if (!message) return this.#breakOff('the other end sent a message that cannot be understood');
    if (this.#handler) {
      this.#limitRate();
      this.#handler(message);
      return;
    }
    if (++this.#earlyCount > (this.#trusted ? earlyMessagesMax : strangerMessagesMax)) {
      return this.#breakOff('the other end sent too many messages before the link was up');
    }
    if (this.#waiter) this.#waiter(message);
    else this.#early.push(message);
  }

  #breakOff(detail: string): void {
    if (!this.#handler) this.send({ type: 'refused', code: 'PROTOCOL_ERROR' });
    this.#note('us', detail);
    this.#socket.destroySoon();
  }

  // Messages beyond the limit stay in the socket's buffers, which makes the other end slow down.
  #limitRate(): void {
    const nowMs = performance.now();
    if (nowMs - this.#secondBegunMs >= 1_000) {
      this.#secondBegunMs = nowMs;
      this.#messagesInSecond = 0;
    }
    if (++this.#messagesInSecond <= messagesPerSecondMax || this.#paused) return;
    this.#socket.pause();
    this.#paused = setTimeout(
      () => {
        this.#paused = undefined;
        if (!this.#resting) this.#socket.resume();
      },
      1_000 - (nowMs - this.#secondBegunMs),
    );
  }

  #note(by: CloseCause['by'], detail: string): void {
    // What the other end said last was said before it closed.
    if (by !== 'us') for (const text of this.#unread.splice(0)) this.#take(text);
    this.#cause ??= { by, detail };
    if (this.#cause.by === 'us') this.#waiter?.(undefined);
  }

  #finish(): void {
    this.#closed = true;
    this.#cause ??= { by: 'network', detail: 'the connection broke' };
    clearTimeout(this.#paused);
    this.#waiter?.(undefined);
    const listener = this.#onClose;
    this.#onClose = undefined;
    listener?.(this.#cause);
  }
}
