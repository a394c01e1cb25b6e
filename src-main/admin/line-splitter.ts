/** Cuts a stream of bytes into lines of UTF-8 text, none of them longer than `lineBytesMax`. */
export class LineSplitter {
  readonly #lineBytesMax: number;
  readonly #onLine: (line: string) => void;
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(lineBytesMax: number, onLine: (line: string) => void) {
    this.#lineBytesMax = lineBytesMax;
    this.#onLine = onLine;
  }

  /** False when a line is too long: the rest of the stream has no meaning then. Skips empty lines. */
  push(chunk: Buffer): boolean {
    let begin = 0;
    for (;;) {
      const newline = chunk.indexOf(0x0a, begin);
      const part = chunk.subarray(begin, newline === -1 ? chunk.length : newline);
      if (this.#bytes + part.length > this.#lineBytesMax) return false;
      this.#parts.push(part);
      this.#bytes += part.length;
      if (newline === -1) return true;
      const line = Buffer.concat(this.#parts).toString('utf8');
      this.#parts = [];
      this.#bytes = 0;
      if (line !== '') this.#onLine(line);
      begin = newline + 1;
    }
  }
}
