import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import { describeSpan } from '../../../../src-shared/view/describe-span.ts';
import { type Draft, recordEvent } from './draft.ts';
import { countOf, isOrAre } from '../../../../src-shared/view/count-of.ts';
import { shortId } from '../../../../src-shared/view/short-id.ts';
import type { RowSet } from '../rows/row-set.ts';
import type { LeaseRow } from '../rows/row.ts';
import type { MemberId } from './member-id.ts';
import { currentGrant, type LedgerState, unitCount } from './ledger.ts';

/** Whether more units of a licence live than it has, known to be told of or not. */
function isExceeded(state: LedgerState, license: InstalledLicense): boolean {
  return unitCount(state, license.id).units > currentGrant(license).units;
}

function exceededLicenses(state: LedgerState): InstalledLicense[] {
  return [...state.licenses.values()].filter((license) => isExceeded(state, license));
}

/** Units out beyond the licences, all taken together (protocol section 7). */
function unitsOverdrawn({ state }: Draft): number {
  let over = 0;
  for (const license of exceededLicenses(state)) {
    over += Math.max(0, unitsTold(state, license.id) - unitsSinceGrants(state, license));
  }
  return over;
}

/**
 * The most units that a licence had while the leases that live were granted. It may have fewer by now,
 * and holders keep theirs: only with more than this out did somebody grant what another one had.
 */
function unitsSinceGrants({ leases }: LedgerState, license: InstalledLicense): number {
  let sinceMs = Infinity;
  for (const { licenseId, grantedAtMs } of leases.values()) {
    if (licenseId === license.id) sinceMs = Math.min(sinceMs, grantedAtMs);
  }
  const { versions } = license;
  const replaced = versions.filter((_, i) => (versions[i + 1]?.installedAtMs ?? 0) > sinceMs);
  return Math.max(currentGrant(license).units, ...replaced.map(({ grant }) => grant.units));
}

/** More is out than the licences have, or would be if everything that lives were told of. */
export function hasSurplus(state: LedgerState): boolean {
  if (state.meta.overdraft !== null) return true;
  return exceededLicenses(state).some(
    (license) => unitCount(state, license.id).units > unitsSinceGrants(state, license),
  );
}

/** At a takeover: more is out than a licence has, of which a former spell may have said nothing. */
export function suspectOverdraft(state: LedgerState): void {
  if (exceededLicenses(state).length > 0) state.overdraftCause ??= { type: 'takeover' };
}

/**
 * Units of leases that a client is known to have been told of. Others live too, and take units, but
 * nobody may rely on them: they run out within a time-to-live (protocol section 7).
 */
function unitsTold(state: LedgerState, licenseId: string): number {
  if (!state.rows) return unitCount(state, licenseId).units;
  let units = 0;
  for (const lease of state.leases.values()) {
    if (lease.licenseId !== licenseId) continue;
    if (isToldLease(state, lease)) units += lease.units;
  }
  return units;
}

/** A client is known to have been told of this lease. */
export function isToldLease(state: LedgerState, { id }: Lease): boolean {
  const row = state.rows?.lease.get(id);
  return !state.rows || !row || isTold(state, state.rows, row);
}

function isTold(state: LedgerState, rows: RowSet, row: LeaseRow): boolean {
  const { spell, toldWrite } = state;
  // Granted by the write under way, or by one that is not acknowledged. A row that is written anew for
  // its holder was told long before.
  if (row.by === spell?.id) return (state.grantedIn.get(row.id) ?? 0) <= toldWrite;
  if (!state.unshown.has(row.id)) return true;
  return row.write <= (rows.spell.get(row.by)?.told ?? 0);
}

/**
 * A lease that takes more than the licence has, and of which nobody is known to have been told: it came
 * from a server that had not acknowledged it. It may run out, but nobody is told of it.
 */
export function isSurplus(state: LedgerState, lease: Lease): boolean {
  const license = state.licenses.get(lease.licenseId);
  return license !== undefined && !isToldLease(state, lease) && isExceeded(state, license);
}

/** Where an overdraft can come from: a merge, with what each side granted alone, or a token. */
export type OverdraftCause =
  | { type: 'merge'; granted: string }
  | { type: 'token'; signer: MemberId }
  /** Known from the leases alone: see `suspectOverdraft`. */
  | { type: 'takeover' };

/**
 * Watches an overdraft until it is worked off; with a cause, looks whether there is a new one.
 */
export function noteOverdraft(draft: Draft, newCause?: OverdraftCause): void {
  const { meta } = draft.state;
  // What came in may show only later that its holder relies on it.
  if (newCause && draft.state.rows) draft.state.overdraftCause = newCause;
  const cause = newCause ?? draft.state.overdraftCause ?? undefined;
  if (meta.overdraft === null && !cause) return;
  const units = unitsOverdrawn(draft);
  if (units > 0 && meta.overdraft === null && cause) {
    meta.overdraft = { units, sinceMs: draft.nowMs };
    recordEvent(
      draft,
      'overdraftBegan',
      'error',
      `${countOf(units, 'more seat')} ${isOrAre(units)} out than the licences have: ` +
        `${describeCause(draft, cause)} Holders keep theirs; no new one is granted until the count is below.`,
    );
  } else if (units === 0 && meta.overdraft) {
    const { sinceMs, units: most } = meta.overdraft;
    meta.overdraft = null;
    recordEvent(
      draft,
      'overdraftEnded',
      'info',
      `The overdraft is worked off after ${describeSpan(Math.max(0, draft.nowMs - sinceMs))}. It was ` +
        `${countOf(most, 'seat')} at most, and nobody lost one.`,
    );
  } else if (meta.overdraft && units > meta.overdraft.units) {
    meta.overdraft = { ...meta.overdraft, units };
  }
}

function describeCause({ state }: Draft, cause: OverdraftCause): string {
  if (cause.type === 'merge') {
    return `two servers served while they could not see each other (${cause.granted}).`;
  }
  if (cause.type === 'takeover') {
    return 'a server took over that did not have everything which another one had granted.';
  }
  const { signer } = cause;
  const who =
    signer === state.serverId ? 'this server' : (state.names.get(signer) ?? shortId(signer));
  return `a client holds a seat of which ${who} told it, and which was no longer known here.`;
}
