import { dayMs } from '../../../../src-shared/model/time-units.ts';
import { clockDifferenceToldMs } from '../../../../src-shared/model/clock-difference.ts';
import type { Instant } from './event.ts';

/**
 * What time the ledger goes by (protocol section 8).
 *
 * It is the greater of the believed clock and of its own last value plus the monotonic time since, so
 * that it never stands still and never goes back. A clock that is suddenly ahead is not believed: not
 * until another server's clock agrees, or until it has stood for `clockConfirmAfterMs` and no other
 * server's clock says otherwise. Nothing is ended, deleted or made impossible by a clock in doubt.
 */
export interface LedgerTime {
  /** The ledger's time at `lastMonotonicMs`, in ms since 1970; 0: a new ledger knows none. */
  confirmedMs: number;
  lastMonotonicMs: number;
  /** How far the clock may get ahead at once and be believed, in ms; it fills up with time. */
  leapLeftMs: number;
  /** A reading was believed since this member started: from then on a jump is no downtime. */
  hasBelieved: boolean;
  doubt: ClockDoubt | null;
  /** The clock's last reading, in ms since 1970. */
  lastWallMs: number;
  /** Nothing but this server's own clock has told the time so far, and nothing was decided by it. */
  knowsClockOnly: boolean;
}

/** A clock that is ahead and not believed. */
export interface ClockDoubt {
  /** Wall clock less monotonic clock, in ms: the same as long as the clock runs on evenly. */
  offsetMs: number;
  /** Since when it has run on evenly. */
  sinceMonotonicMs: number;
  /** How far it was ahead of the ledger's time when the doubt began, in ms. */
  aheadMs: number;
  /**
   * Nothing was believed since the start, so that the time may have passed while the server was off:
   * what is written down is dated by the clock, and judged by the ledger's time.
   */
  mayBeDowntime: boolean;
}

/** A clock ahead for so long, and contradicted by nobody, is believed. */
export const clockConfirmAfterMs = 600_000;

/** No server that is wanted is off for longer: such a clock is wrong before anything else. */
const downtimeMsMax = 180 * dayMs;

/** A clock that is further behind is an event; a stop this short needs no confirmation. */
export const clockBehindToldMs = 5 * 60_000;

export function createLedgerTime(knownMs: number, at: Instant): LedgerTime {
  return {
    confirmedMs: knownMs,
    lastMonotonicMs: at.monotonicMs,
    // What is known may be a while old, and a restart takes its time.
    leapLeftMs: clockBehindToldMs,
    hasBelieved: false,
    doubt: null,
    lastWallMs: at.wallMs,
    knowsClockOnly: knownMs === 0,
  };
}

/** Reads the clock. Every step of a member begins with it. */
export function observeClock(time: LedgerTime, at: Instant): void {
  const elapsedMs = Math.max(0, at.monotonicMs - time.lastMonotonicMs);
  time.lastMonotonicMs = at.monotonicMs;
  time.lastWallMs = at.wallMs;
  if (time.confirmedMs === 0) {
    believe(time, at.wallMs);
    return;
  }
  time.confirmedMs += elapsedMs;
  const leapMaxMs = time.hasBelieved ? clockDifferenceToldMs : clockBehindToldMs;
  const refillMs = (elapsedMs * clockDifferenceToldMs) / clockConfirmAfterMs;
  time.leapLeftMs = Math.min(leapMaxMs, time.leapLeftMs + refillMs);
  const aheadMs = at.wallMs - time.confirmedMs;
  if (aheadMs <= time.leapLeftMs) {
    time.leapLeftMs -= Math.max(0, aheadMs);
    if (aheadMs > -clockBehindToldMs) time.hasBelieved = true;
    time.confirmedMs = Math.max(time.confirmedMs, at.wallMs);
    time.doubt = null;
    return;
  }
  doubtClock(time, at, aheadMs);
  if (isConfirmed(time, at)) believe(time, at.wallMs);
}

function doubtClock(time: LedgerTime, at: Instant, aheadMs: number): void {
  const offsetMs = at.wallMs - at.monotonicMs;
  const { doubt } = time;
  if (doubt && Math.abs(doubt.offsetMs - offsetMs) <= clockDifferenceToldMs) return;
  time.doubt = {
    offsetMs,
    sinceMonotonicMs: at.monotonicMs,
    aheadMs,
    mayBeDowntime: doubt?.mayBeDowntime !== false && !time.hasBelieved && aheadMs <= downtimeMsMax,
  };
}

function isConfirmed({ doubt }: LedgerTime, { monotonicMs, otherClocks }: Instant): boolean {
  if (!doubt) return false;
  // What was measured before the clock jumped says nothing of it.
  const { agreedMs = null, differedMs = null } = otherClocks ?? {};
  const since = doubt.sinceMonotonicMs;
  if (agreedMs !== null && agreedMs > since) return true;
  if (differedMs !== null && differedMs > since) return false;
  return monotonicMs - since >= clockConfirmAfterMs;
}

function believe(time: LedgerTime, wallMs: number): void {
  time.confirmedMs = Math.max(time.confirmedMs, wallMs);
  time.hasBelieved = true;
  time.leapLeftMs = clockDifferenceToldMs;
  time.doubt = null;
}

/** An admin orders the clock to be believed, also where that sets the ledger's time back. */
export function acceptClock(time: LedgerTime, wallMs: number): void {
  time.confirmedMs = 0;
  believe(time, wallMs);
}

/** Another member's ledger time was taken over with its ledger; `isSet`: by an admin's order. */
export function noteLedgerTime(time: LedgerTime, knownMs: number, isSet: boolean): void {
  if (time.knowsClockOnly && knownMs > 0) {
    // A ledger that is taken in tells the time, and whether the clock is to be believed.
    time.knowsClockOnly = false;
    time.confirmedMs = knownMs;
    time.hasBelieved = false;
    time.leapLeftMs = clockBehindToldMs;
    return;
  }
  if (!isSet && knownMs <= time.confirmedMs) return;
  time.confirmedMs = knownMs;
  if (isSet) time.doubt = null;
}

/**
 * The ledger's time, in whole ms since 1970: what licences, borrows and tokens are judged by. The time
 * itself goes on by fractions of the monotonic clock; in a record one would be refused.
 */
export function ledgerMs({ confirmedMs }: LedgerTime): number {
  return Math.round(confirmedMs);
}

/** The date of what is written down now, in whole ms since 1970. */
export function stampMs({ doubt, confirmedMs, lastWallMs }: LedgerTime): number {
  return Math.round(doubt?.mayBeDowntime ? lastWallMs : confirmedMs);
}

/** Both, as a view judges by them. */
export function timesOf(time: LedgerTime): { nowMs: number; ledgerMs: number } {
  return { nowMs: stampMs(time), ledgerMs: ledgerMs(time) };
}

/** How far the clock is ahead of the ledger's time, in ms; negative: behind. */
export function clockAheadMs({ lastWallMs, confirmedMs }: LedgerTime): number {
  return lastWallMs - confirmedMs;
}

/** Milliseconds until the clock in doubt has stood for long enough; null: it is believed. */
export function confirmsInMs({ doubt, lastMonotonicMs }: LedgerTime): number | null {
  if (!doubt) return null;
  return Math.max(0, doubt.sinceMonotonicMs + clockConfirmAfterMs - lastMonotonicMs);
}
