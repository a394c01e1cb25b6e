import type { ProblemCode } from '../../../../src-shared/contract/problem.ts';
import { dayMs } from '../../../../src-shared/model/time-units.ts';
import type { InstalledLicense, LicenseValidity } from '../../../../src-shared/model/license.ts';
import { expiryToldDays } from '../../../../src-shared/model/license.ts';
import { formatUtcDay, parseInstant } from '../../../../src-shared/model/scalars.ts';
import { type Draft, record, recordEvent } from './draft.ts';
import { clockBehindToldMs } from './ledger-time.ts';
import { describeDaysLeft } from '../../../../src-shared/view/describe-date.ts';
import { currentGrant, type LedgerState } from './ledger.ts';
import { endMsOf } from './trial.ts';

const checkEveryMs = 60_000;

/** The two times of a step or a view, in ms since 1970. */
export interface Judged {
  /** A clock in doubt may be right, so what begins by it has begun. */
  readonly nowMs: number;
  /** Only what is confirmed ends anything. */
  readonly ledgerMs: number;
}

export function validityOf(
  license: InstalledLicense,
  { nowMs, ledgerMs }: Judged,
): LicenseValidity {
  if (license.damage !== undefined) return 'damaged';
  const { notBefore, revoked } = currentGrant(license);
  if (revoked !== undefined) return 'revoked';
  if (notBefore !== null && nowMs < parseInstant(notBefore)) return 'notStarted';
  const leftMs = endMsOf(license) - ledgerMs;
  if (leftMs <= 0) return 'expired';
  return leftMs <= expiryToldDays[0] * dayMs ? 'expiring' : 'valid';
}

/** A grant can be made or renewed from this licence now. */
export function grantsNow(license: InstalledLicense, judged: Judged): boolean {
  const validity = validityOf(license, judged);
  return validity === 'valid' || validity === 'expiring';
}

/** What a client is told that asks for a licence that its vendor has taken back. */
export function refuseRevoked(license: InstalledLicense): { code: ProblemCode; detail: string } {
  return {
    code: 'LS_ACCESS_DENIED',
    detail: `Licence ${license.id} was revoked by ${currentGrant(license).vendor}. Ask its admin.`,
  };
}

/** What a client is told that asks for a damaged licence: another server may serve it. */
export function refuseDamaged({ id, damage = '' }: InstalledLicense): {
  code: ProblemCode;
  detail: string;
} {
  return {
    code: 'LS_LEADER_NOT_PRESENT',
    detail: `Licence ${id} is damaged at this server and is not served until it is repaired. ${damage}`,
  };
}

/**
 * Puts licences on the timeline that come near their end or reach it, each threshold once, and anew where an
 * admin has set the ledger's time back to before it.
 */
export function tellExpiries(draft: Draft): void {
  const { state, ledgerMs: nowMs } = draft;
  if (nowMs < state.nextValidityCheckMs) return;
  state.nextValidityCheckMs = nowMs + checkEveryMs;
  for (const license of state.licenses.values()) {
    const endMs = endMsOf(license);
    const isOut = currentGrant(license).revoked !== undefined || license.damage !== undefined;
    if (endMs === Infinity || isOut) continue;
    const leftMs = endMs - nowMs;
    const reached = leftMs <= 0 ? 0 : expiryToldDays.findLast((days) => leftMs <= days * dayMs);
    const told = license.expiryToldDays;
    if (told !== null && leftMs > told * dayMs + clockBehindToldMs) noteTold(draft, license, null);
    else if (told !== null && told <= (reached ?? told)) continue;
    if (reached !== undefined) tellExpiry(draft, license, reached, endMs);
  }
  state.nextValidityCheckMs = Math.min(state.nextValidityCheckMs, nextEndMs(state, nowMs));
}

function tellExpiry(
  draft: Draft,
  license: InstalledLicense,
  reached: NonNullable<InstalledLicense['expiryToldDays']>,
  expiresMs: number,
): void {
  noteTold(draft, license, reached);
  const day = formatUtcDay(expiresMs);
  if (reached === 0) {
    recordEvent(
      draft,
      'licenseExpired',
      'error',
      `Licence ${license.id} expired on ${day}. No new seats are granted and renewals are refused; ` +
        `import a renewed licence file.`,
      { license: license.id },
    );
  } else {
    recordEvent(
      draft,
      'licenseExpiring',
      'warning',
      `Licence ${license.id} ends in ${describeDaysLeft(expiresMs, draft.ledgerMs)}, on ${day}.`,
      { license: license.id },
    );
  }
}

function noteTold(
  draft: Draft,
  before: InstalledLicense,
  expiryToldDays: InstalledLicense['expiryToldDays'],
): void {
  record(draft, { type: 'license', before, after: { ...before, expiryToldDays } });
}

/** The next end of a licence, so that an expiry is told when it happens. */
function nextEndMs(state: LedgerState, nowMs: number): number {
  let nextMs = Infinity;
  for (const license of state.licenses.values()) {
    const endMs = endMsOf(license);
    if (endMs > nowMs) nextMs = Math.min(nextMs, endMs);
  }
  return nextMs;
}
