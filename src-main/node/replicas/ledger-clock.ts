import type { LedgerClock } from '../../../src-shared/model/ledger-clock.ts';
import {
  clockAheadMs,
  clockBehindToldMs,
  confirmsInMs,
  type LedgerTime,
} from '../core/ledger/ledger-time.ts';

/** What an admin is shown of the time that a ledger goes by. */
export function describeLedgerClock(time: LedgerTime): LedgerClock {
  const aheadMs = clockAheadMs(time);
  const leftMs = confirmsInMs(time);
  return {
    // No difference is 0, and not its negative.
    aheadMs: Math.round(aheadMs / 1_000) * 1_000 + 0,
    state: leftMs !== null ? 'unconfirmed' : aheadMs < -clockBehindToldMs ? 'behind' : 'believed',
    confirmsInSeconds: leftMs === null ? null : Math.ceil(leftMs / 1_000),
  };
}
