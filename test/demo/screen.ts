/** Widest line, so that it fits into a window beside others. */
const columnsMax = 100;

/** Width of the column for the time since the kill. */
const timeColumns = 10;

/** What the demonstration prints: lines with the time since the kill in front. */
export class Screen {
  readonly #write: (text: string) => void;
  #killedMs: number | undefined;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** From now on times are counted from this instant of the monotonic clock. */
  countFrom(killedMs: number): void {
    this.#killedMs = killedMs;
  }

  title(text: string): void {
    this.#write(`\n${text}\n${'-'.repeat(text.length)}\n`);
  }

  text(text: string): void {
    this.#write(`${wrap(text, 0)}\n`);
  }

  /** A text with lines of its own, such as a table. */
  block(text: string): void {
    this.#write(`${text}\n`);
  }

  /** Something that happens now, or did so at an instant of the monotonic clock. */
  event(text: string, atMs = performance.now()): void {
    const time = this.#killedMs === undefined ? '' : formatTime(atMs - this.#killedMs);
    this.at(time, text);
  }

  at(time: string, text: string): void {
    this.#write(`${time.padStart(timeColumns)}  ${wrap(text, timeColumns + 2)}\n`);
  }
}

/** `+0.132 s`; before the kill with a minus. */
export function formatTime(ms: number): string {
  return `${ms < 0 ? '-' : '+'}${(Math.abs(ms) / 1000).toFixed(3)} s`;
}

/** Breaks a text between words; further lines begin after `indent` columns. */
function wrap(text: string, indent: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && indent + line.length + 1 + word.length > columnsMax) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}
