import { readSaid } from '../../../src-shared/model/said-text.ts';
import type { Log } from '../base/log.ts';

/** What is wrong may repeat what was sent. */
const whatMax = 300;

/** Time between two lines about the same server. */
const tellEveryMs = 10_000;

/** Logs what is wrong with what other servers send: one line a server at a time, not a flood. */
export class Complaints {
  readonly #log: Pick<Log, 'warn'>;
  readonly #nameOf: (id: string) => string;
  readonly #nowMs: () => number;
  readonly #told = new Map<string, { atMs: number; left: number }>();

  constructor(log: Pick<Log, 'warn'>, nameOf: (id: string) => string, nowMs: () => number) {
    this.#log = log;
    this.#nameOf = nameOf;
    this.#nowMs = nowMs;
  }

  note(from: string, what: string): void {
    const nowMs = this.#nowMs();
    const told = this.#told.get(from);
    if (told && nowMs - told.atMs < tellEveryMs) {
      told.left++;
      return;
    }
    const more = told && told.left > 0 ? ` (${told.left} more were not told)` : '';
    this.#told.set(from, { atMs: nowMs, left: 0 });
    this.#log.warn(
      `Something that ${this.#nameOf(from)} sent is dropped: ${readSaid(what, whatMax)}${more}.`,
    );
  }
}
