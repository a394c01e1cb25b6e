import type { Clock } from '../base/clock.ts';
import type { CopyRank } from './link/link-message.ts';
import type { OwnKeySeen } from './discovery/found-servers.ts';

/** A copy is looked at again in every round of discovery while it is there. */
const seenMs = 120_000;

/** Starts that are closer together than this are told apart by their names. */
export const sameAgeMs = 1_000;

export interface OwnCopiesOptions {
  clock: Clock;
  /** The present start of this server. */
  boot: () => string | undefined;
}

/**
 * Other servers with this server's own identity (protocol section 3b), and which of the two is the second
 * and serves nothing: the one that a paired server refuses, since it is connected with the other; and of
 * two that find each other on the network the one that was started later.
 */
export class OwnCopies {
  readonly #options: OwnCopiesOptions;
  readonly #startedMs: number;
  /** The one that was found on the network last, and what this server is of the two. */
  #seen: { address: string; boot: string; atMs: number; rank: CopyRank } | undefined;
  /** Paired servers that are connected with the other one. */
  readonly #refusedBy = new Set<string>();

  constructor(options: OwnCopiesOptions) {
    this.#options = options;
    this.#startedMs = options.clock().monotonicMs;
  }

  /** How long this server runs. */
  upMs(): number {
    return this.#options.clock().monotonicMs - this.#startedMs;
  }

  /** One was found on the network. */
  noteSeen(seen: OwnKeySeen): void {
    const boot = seen.boot ?? '';
    const rank = this.#rankBeside(boot, seen);
    this.#seen = { address: seen.address, boot, atMs: this.#options.clock().monotonicMs, rank };
  }

  /** What this server is beside the one that was found; undefined: none was found lately. */
  rank(): CopyRank | undefined {
    return this.#present()?.rank;
  }

  /** A paired server refuses this one. It is a copy until it is taken again, or started anew. */
  noteRefused(by: string): void {
    this.#refusedBy.add(by);
  }

  /** A paired server has taken this one, or is none any longer. */
  noteSettled(by: string): void {
    this.#refusedBy.delete(by);
  }

  /** Where another one answers; null: none was found lately. */
  seenAt(): string | null {
    return this.#present()?.address ?? null;
  }

  /** This server is the second of the two and serves nothing. */
  standsAside(): boolean {
    return this.#refusedBy.size > 0 || this.rank() === 'second';
  }

  #present() {
    const { clock } = this.#options;
    return this.#seen && clock().monotonicMs - this.#seen.atMs <= seenMs ? this.#seen : undefined;
  }

  /** Two that both call themselves the first, or the second, go by their names: they measure apart from each other. */
  #rankBeside(boot: string, { rank: theirs, upMs, tookMs }: OwnKeySeen): CopyRank {
    const before = this.#present();
    if (before?.boot !== boot || theirs === null) return this.#rankByAge(boot, upMs, tookMs);
    return before.rank === theirs ? this.#rankByName(boot) : before.rank;
  }

  /** Who says nothing of its age is the second. The other one measured at some moment of the `tookMs` up to now. */
  #rankByAge(boot: string, upMs: number | null, tookMs: number): CopyRank {
    if (upMs === null) return 'first';
    const aheadMs = upMs - this.upMs();
    if (aheadMs >= sameAgeMs) return 'second';
    return aheadMs + tookMs <= -sameAgeMs ? 'first' : this.#rankByName(boot);
  }

  #rankByName(boot: string): CopyRank {
    return boot < (this.#options.boot() ?? '') ? 'second' : 'first';
  }
}
