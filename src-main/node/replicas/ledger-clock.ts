import type { LedgerClock } from '../../../src-shared/model/ledger-clock.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import {
  clockAheadMs,
  clockBehindToldMs,
  confirmsInMs,
  type LedgerTime,
  ledgerMs,
} from '../core/ledger/ledger-time.ts';

/** What an admin is shown of the time that a ledger goes by. */
export function describeLedgerClock(time: LedgerTime): LedgerClock {
  const aheadMs = Math.round(clockAheadMs(time));
  const leftMs = confirmsInMs(time);
  return {
    ledgerTime: formatInstant(Math.round(ledgerMs(time))),
    hostTime: formatInstant(Math.round(time.lastWallMs)),
    aheadMs,
    state: leftMs !== null ? 'unconfirmed' : aheadMs < -clockBehindToldMs ? 'behind' : 'believed',
    confirmsInSeconds: leftMs === null ? null : Math.ceil(leftMs / 1_000),
  };
}
