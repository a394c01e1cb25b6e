/** Length in bytes of the header of a frame: the length of its body, big-endian. */
const headerBytes = 4;

/** Longest body of a frame between paired servers. */
export const frameBytesMax = 16 * 1024 * 1024;

/** Longest body of a frame of a server that is not known to be paired. */
export const strangerFrameBytesMax = 4 * 1024;

const keptBytesMax = 64 * 1024;

export type FrameFailure = 'FRAME_EMPTY' | 'FRAME_TOO_LONG' | 'FRAME_NOT_TEXT';

/** Bytes of a body by which it is decided whether a long one is wanted. */
export const frameHeadBytes = 256;

/** Whether a long body is wanted, by its beginning and its length in bytes. */
export type FrameScreen = (head: string, bodyBytes: number) => boolean;

/** Texts in the order of the stream. After a failure the stream cannot be read on. */
export type DecodedFrames =
  { ok: true; texts: string[] } | { ok: false; texts: string[]; code: FrameFailure };

/** One frame: four bytes of length and the text as UTF-8. */
export function encodeFrame(text: string): Buffer {
  const bodyBytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headerBytes + bodyBytes);
  frame.writeUInt32BE(bodyBytes);
  frame.write(text, headerBytes);
  return frame;
}

/**
 * Takes a stream of bytes, cut anywhere, apart into frames. Memory grows with what has arrived and
 * never with what a header announces; a length over the limit ends it before a byte of the body.
 */
export class FrameDecoder {
  #bytesMax: number;
  #buffer: Buffer = Buffer.alloc(0);
  #begin = 0;
  #end = 0;
  #failure: FrameFailure | undefined;
  #screen: { longBytes: number; wants: FrameScreen } | undefined;
  /** Bytes of a body that is not wanted and has not come yet. */
  #unwantedBytes = 0;
  /** The body that comes is wanted. */
  #wanted = false;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Holds from the next frame on. */
  setBytesMax(bytesMax: number): void {
    this.#bytesMax = bytesMax;
  }

  /** Bodies longer than that are kept only when they are wanted; the others pass unheld. */
  screenFrom(longBytes: number, wants: FrameScreen): void {
    this.#screen = { longBytes, wants };
  }

  /** Bytes of memory that it holds. */
  get heldBytes(): number {
    return this.#buffer.length;
  }

  push(chunk: Buffer): DecodedFrames {
    const texts: string[] = [];
    if (this.#failure) return { ok: false, texts, code: this.#failure };
    this.#append(this.#withoutUnwanted(chunk));
    for (let body = this.#next(); body !== undefined; body = this.#next()) {
      try {
        texts.push(this.#utf8.decode(body));
      } catch {
        this.#failure = 'FRAME_NOT_TEXT';
      }
    }
    this.#shrink();
    return this.#failure ? { ok: false, texts, code: this.#failure } : { ok: true, texts };
  }

  /** The next body, as a view that holds until the next `#append`. */
  #next(): Buffer | undefined {
    const held = this.#end - this.#begin;
    if (this.#failure || held < headerBytes) return undefined;
    const bodyBytes = this.#buffer.readUInt32BE(this.#begin);
    if (bodyBytes === 0) this.#failure = 'FRAME_EMPTY';
    else if (bodyBytes > this.#bytesMax) this.#failure = 'FRAME_TOO_LONG';
    if (this.#failure) return undefined;
    if (!this.#wants(bodyBytes, held)) return this.#next();
    if (this.#end - this.#begin < headerBytes + bodyBytes) return undefined;
    this.#wanted = false;
    const bodyBegin = this.#begin + headerBytes;
    this.#begin = bodyBegin + bodyBytes;
    return this.#buffer.subarray(bodyBegin, this.#begin);
  }

  /** False: the body at the front is not wanted, and was dropped as far as it is here. */
  #wants(bodyBytes: number, held: number): boolean {
    if (this.#wanted || !this.#screen || bodyBytes <= this.#screen.longBytes) return true;
    if (held < headerBytes + frameHeadBytes) return true;
    const bodyBegin = this.#begin + headerBytes;
    const head = this.#buffer.toString('latin1', bodyBegin, bodyBegin + frameHeadBytes);
    this.#wanted = this.#screen.wants(head, bodyBytes);
    if (this.#wanted) return true;
    const dropped = Math.min(held, headerBytes + bodyBytes);
    this.#begin += dropped;
    this.#unwantedBytes = headerBytes + bodyBytes - dropped;
    return false;
  }

  #withoutUnwanted(chunk: Buffer): Buffer {
    if (this.#unwantedBytes === 0) return chunk;
    const dropped = Math.min(chunk.length, this.#unwantedBytes);
    this.#unwantedBytes -= dropped;
    return chunk.subarray(dropped);
  }

  #append(chunk: Buffer): void {
    const held = this.#end - this.#begin;
    if (this.#buffer.length - this.#end < chunk.length) {
      const needed = held + chunk.length;
      const target =
        this.#buffer.length >= needed
          ? this.#buffer
          : Buffer.allocUnsafe(Math.max(needed, held * 2));
      this.#buffer.copy(target, 0, this.#begin, this.#end);
      this.#buffer = target;
      this.#begin = 0;
      this.#end = held;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  #shrink(): void {
    if (this.#begin < this.#end && !this.#failure) return;
    this.#begin = 0;
    this.#end = 0;
    if (this.#buffer.length > keptBytesMax || this.#failure) this.#buffer = Buffer.alloc(0);
  }
}
