import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import { describeSpan } from '../../../../src-shared/view/describe-span.ts';
import { type Draft, recordEvent } from './draft.ts';
import { countOf, isOrAre } from '../../../../src-shared/view/count-of.ts';
import { shortId } from '../../../../src-shared/view/short-id.ts';
import type { RowSet } from '../rows/row-set.ts';
import type { LeaseRow, Overdraft } from '../rows/row.ts';
import { isToldWrite } from '../rows/told-write.ts';
import type { MemberId } from './member-id.ts';
import { currentGrant, type LedgerState, unitCount } from './ledger.ts';

/** Whether more units of a licence live than it has, known to be told of or not. */
function isExceeded(state: LedgerState, license: InstalledLicense): boolean {
  return unitCount(state, license.id).units > currentGrant(license).units;
}

function exceededLicenses(state: LedgerState): InstalledLicense[] {
  return [...state.licenses.values()].filter((license) => isExceeded(state, license));
}

/** Units beyond the licences, all taken together, of the leases that a count of a licence takes in. */
function unitsBeyond(state: LedgerState, countOut: (licenseId: string) => number): number {
  let over = 0;
  for (const license of exceededLicenses(state)) {
    over += Math.max(0, countOut(license.id) - unitsSinceGrants(state, license));
  }
  return over;
}

/** Units out beyond the licences of which clients are known to have been told (protocol section 7). */
function unitsOverdrawn(state: LedgerState): number {
  return unitsBeyond(state, (licenseId) => unitsTold(state, licenseId));
}

/** The same with those that live and of which nobody is known to have been told. */
function unitsLiving(state: LedgerState): number {
  return unitsBeyond(state, (licenseId) => unitCount(state, licenseId).units);
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
  return state.meta.overdraft !== null || unitsLiving(state) > 0;
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
  return isToldWrite(rows, row);
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
 * Watches an overdraft until it is worked off; with a cause, looks whether there is a new one. One that is
 * recorded, here or by another spell, goes on: nothing is said of its cause anew.
 */
export function noteOverdraft(draft: Draft, newCause?: OverdraftCause): void {
  const { state } = draft;
  // What came in may show only later that its holder relies on it.
  if (newCause && state.rows) state.overdraftCause = newCause;
  const cause = newCause ?? state.overdraftCause;
  if (cause && cause.type !== 'token') state.meta.overdraft ??= recordedOverdraft(state);
  const { overdraft } = state.meta;
  if (overdraft) followOverdraft(draft, overdraft);
  else if (cause) beginOverdraft(draft, cause);
}

function beginOverdraft(draft: Draft, cause: OverdraftCause): void {
  const units = unitsOverdrawn(draft.state);
  if (units === 0) return;
  draft.state.meta.overdraft = { units, sinceMs: draft.nowMs };
  recordEvent(
    draft,
    'overdraftBegan',
    'error',
    `${countOf(units, 'more seat')} ${isOrAre(units)} out than the licences have: ` +
      `${describeCause(draft, cause)} Holders keep theirs; no new one is granted until the count is below.`,
  );
}

/**
 * It is worked off only when no more live than the licences have. Who takes over may know of none of them that
 * a client was told of it: the server that was killed took that word with it.
 */
function followOverdraft(draft: Draft, { units: most, sinceMs }: Overdraft): void {
  const { state } = draft;
  if (unitsLiving(state) > 0) {
    state.meta.overdraft = { units: Math.max(most, unitsOverdrawn(state)), sinceMs };
    return;
  }
  state.meta.overdraft = null;
  recordEvent(
    draft,
    'overdraftEnded',
    'info',
    `The overdraft is worked off after ${describeSpan(Math.max(0, draft.nowMs - sinceMs))}. It was ` +
      `${countOf(most, 'seat')} at most, and nobody lost one.`,
  );
}

/**
 * The overdraft that another spell had recorded when it ended, and of which the newest one knew nothing. Those
 * leases alone that were granted by then are more than the licences have: it has not been worked off since.
 */
function recordedOverdraft(state: LedgerState): Overdraft | null {
  if (!state.rows || exceededLicenses(state).length === 0) return null;
  let first: Overdraft | null = null;
  for (const { overdraft, toMs } of state.rows.spell.values()) {
    if (!overdraft || (first && first.sinceMs <= overdraft.sinceMs)) continue;
    if (unitsBeyond(state, (licenseId) => unitsBy(state, licenseId, toMs)) > 0) first = overdraft;
  }
  return first;
}

/** Units of a licence that live and were granted up to a time. */
function unitsBy({ leases }: LedgerState, licenseId: string, untilMs: number): number {
  let units = 0;
  for (const lease of leases.values()) {
    if (lease.licenseId === licenseId && lease.grantedAtMs <= untilMs) units += lease.units;
  }
  return units;
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
