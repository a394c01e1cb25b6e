import type { Lease } from '../../../../src-shared/model/lease.ts';
import { isServedHere } from './coverage.ts';
import {
  createLeaseClock,
  keepAlive,
  keepUntil,
  lifeOf,
  putOnClock,
  stopClock,
} from './lease-clock.ts';
import type { LedgerState } from './ledger.ts';

/** Seconds that a lease lives without renewal, when its licence is no longer installed. */
export const ttlSecondsOfOrphan = 60;

export function ttlSecondsOf(state: LedgerState, licenseId: string): number {
  const license = state.licenses.get(licenseId);
  return license?.versions.at(-1)?.grant.ttlSeconds ?? ttlSecondsOfOrphan;
}

/**
 * Gives a lease a full life from now: an ordinary lease its time-to-live, a borrowed one its end. A
 * lease whose licence does not run on this failover server waits for its primary, off the clock.
 */
export function startLife(state: LedgerState, lease: Lease): void {
  const lifeMs = lifeMsOf(state, lease.licenseId);
  if (lifeMs === null) {
    stopClock(state.clock, lease.id);
  } else if (lease.borrowUntilMs === null) {
    keepAlive(state.clock, lease.id, lifeMs);
  } else {
    keepUntil(state.clock, lease.id, lease.borrowUntilMs);
  }
}

/** Gives every lease a full life from now, on a new clock: 100,000 of them within a few milliseconds. */
export function startLives(state: LedgerState, monotonicMs: number): void {
  Object.assign(state.clock, createLeaseClock(monotonicMs));
  const lifeMsFor = livesByLicense(state);
  for (const { id, licenseId, borrowUntilMs } of state.leases.values()) {
    const lifeMs = lifeMsFor(licenseId);
    if (lifeMs === null) continue;
    if (borrowUntilMs === null) putOnClock(state.clock, id, lifeMs);
    else keepUntil(state.clock, id, borrowUntilMs);
  }
}

/** `lifeMsOf`, worked out once for each licence while nothing changes. */
function livesByLicense(state: LedgerState): (licenseId: string) => number | null {
  const known = new Map<string, number | null>();
  return (licenseId) => {
    const lifeMs = known.get(licenseId);
    if (lifeMs !== undefined) return lifeMs;
    const found = lifeMsOf(state, licenseId);
    known.set(licenseId, found);
    return found;
  };
}

/** How long an ordinary lease of this licence lives here unless it is renewed; null: it does not run here. */
function lifeMsOf(state: LedgerState, licenseId: string): number | null {
  if (!isServedHere(state, licenseId)) return null;
  return ttlSecondsOf(state, licenseId) * 1000 + expiryMarginMs(state);
}

/** Clocks of members may differ by this much, and a little more time passes on the way. */
export const clockMarginMs = 5_000;

/**
 * How much later than its holder believes a lease expires: where others may serve it too, no token that
 * was given can still run by the clock of any of them.
 */
function expiryMarginMs({ rows, config }: LedgerState): number {
  return rows && config.membership.members.length > 1 ? clockMarginMs : 0;
}

/**
 * Puts leases on the clock or takes them off it after a change of licences or members. One that came before
 * its licence lives as long as that says from now on; none lives shorter than its holder was told.
 */
export function reviewCoverage(state: LedgerState): void {
  if (!state.coverageIsDue) return;
  state.coverageIsDue = false;
  const lifeMsFor = livesByLicense(state);
  for (const lease of state.leases.values()) {
    const lifeMs = lifeMsFor(lease.licenseId);
    const presentMs = lifeOf(state.clock, lease.id);
    if (lifeMs === null) stopClock(state.clock, lease.id);
    else if (presentMs === undefined || (presentMs !== null && presentMs < lifeMs))
      startLife(state, lease);
  }
}
