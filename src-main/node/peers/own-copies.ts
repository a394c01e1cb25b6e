import type { Clock } from '../base/clock.ts';
import type { OwnKeySeen } from './discovery/found-servers.ts';

/** A copy is looked at again in every round of discovery while it is there. */
const seenMs = 120_000;

/** Starts that are closer together than this are told apart by their names. */
const sameAgeMs = 10_000;

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
  /** The one that was found on the network last. */
  #seen: { address: string; atMs: number; isFirst: boolean } | undefined;
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
  noteSeen({ address, boot, upMs }: OwnKeySeen): void {
    const isFirst = upMs !== null && this.#isFirst(upMs, boot ?? '');
    this.#seen = { address, atMs: this.#options.clock().monotonicMs, isFirst };
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
    return this.#refusedBy.size > 0 || (this.#present()?.isFirst ?? false);
  }

  #present() {
    const { clock } = this.#options;
    return this.#seen && clock().monotonicMs - this.#seen.atMs <= seenMs ? this.#seen : undefined;
  }

  #isFirst(upMs: number, boot: string): boolean {
    const aheadMs = upMs - this.upMs();
    if (Math.abs(aheadMs) >= sameAgeMs) return aheadMs > 0;
    return boot < (this.#options.boot() ?? '');
  }
}
