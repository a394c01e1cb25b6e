import { dayMs } from '../../../../src-shared/model/time-units.ts';
import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import type { SessionRecord } from '../../../../src-shared/model/usage.ts';
import type { EndedLease } from './change.ts';
import { clockDifferenceMsMax } from '../../../../src-shared/model/clock-difference.ts';

/** Longest life of the token of an ordinary lease: that of its licence (`ttlSeconds`) at most. */
export const tokenLifeMsMax = dayMs;

/** Records of earlier versions do not say until when a borrow was: no licence allows for longer. */
const borrowMsMax = 3_650 * dayMs;

/** Ends to be remembered before the first look at which of them are over. */
const sweepAtMin = 10_000;

/** Until when a token of this lease, which ends now, can be valid; a member may have dated it ahead. */
export function tokensEndMs(
  { borrowUntilMs, borrowedUpToMs = 0 }: Lease,
  license: InstalledLicense | undefined,
  ledgerMs: number,
): number {
  const ttls = license?.versions.map(({ grant }) => grant.ttlSeconds * 1000);
  const lifeMs = ttls === undefined ? tokenLifeMsMax : Math.max(...ttls);
  return Math.max(ledgerMs + lifeMs, borrowUntilMs ?? 0, borrowedUpToMs) + clockDifferenceMsMax;
}

/**
 * Leases that were returned or released, each for as long as a token of it can be valid, however many
 * they are: a borrow's token can run for months.
 */
export class EndedLeases {
  readonly #untilMs = new Map<string, number>();
  #sweepAt = sweepAtMin;

  constructor(stored: readonly EndedLease[]) {
    for (const { leaseId, untilMs } of stored) this.#untilMs.set(leaseId, untilMs);
  }

  has(leaseId: string): boolean {
    return this.#untilMs.has(leaseId);
  }

  note(session: SessionRecord): void {
    this.#untilMs.set(session.leaseId, endOfTokens(session));
    if (this.#untilMs.size < this.#sweepAt) return;
    for (const [leaseId, untilMs] of this.#untilMs) {
      if (untilMs <= session.endedAtMs) this.#untilMs.delete(leaseId);
    }
    this.#sweepAt = Math.max(sweepAtMin, 2 * this.#untilMs.size);
  }

  /** The end came to nothing. */
  forget(leaseId: string): void {
    this.#untilMs.delete(leaseId);
  }

  all(): EndedLease[] {
    return [...this.#untilMs].map(([leaseId, untilMs]) => ({ leaseId, untilMs }));
  }
}

/** Until when tokens of a recorded session can be shown, also of one that an earlier version recorded. */
export function endOfTokens({ tokensEndMs, endedAtMs, borrowed }: SessionRecord): number {
  return tokensEndMs ?? endedAtMs + (borrowed ? borrowMsMax : tokenLifeMsMax);
}
