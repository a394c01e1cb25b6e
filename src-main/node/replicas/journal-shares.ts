/** Entries of another server's journal that are taken in one go. */
export const journalShareMax = 5_000;

/** Time for one entry more, in ms: 1,440 a day, many times what a server has to tell. */
const entryEveryMs = 60_000;

/** Time until a journal is read on that grows faster than its share. */
const retryMs = 600_000;

interface Share {
  used: number;
  atMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** How much of the timeline each other server may fill: a burst, then no more than grows again. */
export class JournalShares {
  readonly #nowMs: () => number;
  readonly #shares = new Map<string, Share>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  mayTake(server: string): boolean {
    return this.#share(server).used < journalShareMax;
  }

  note(server: string, count: number): void {
    this.#share(server).used += count;
  }

  /** Calls back when there may be room again; once, however often it is asked for. */
  retry(server: string, again: () => void): void {
    const share = this.#share(server);
    share.timer ??= setTimeout(() => {
      share.timer = undefined;
      again();
    }, retryMs);
  }

  stop(): void {
    for (const { timer } of this.#shares.values()) clearTimeout(timer);
  }

  #share(server: string): Share {
    const nowMs = this.#nowMs();
    const share = this.#shares.get(server) ?? { used: 0, atMs: nowMs, timer: undefined };
    const regained = Math.floor((nowMs - share.atMs) / entryEveryMs);
    share.used = Math.max(0, share.used - regained);
    share.atMs += regained * entryEveryMs;
    this.#shares.set(server, share);
    return share;
  }
}
