import type { Lease } from '../../../../src-shared/model/lease.ts';
import { compareRows, compareSpells } from '../rows/compare-rows.ts';
import { currentSerial, serialSeenIn } from '../rows/license-serial.ts';
import type { RowChange, RowSet } from '../rows/row-set.ts';
import {
  configId,
  type ConfigRow,
  hasExpired,
  isLive,
  type LeaseRow,
  type LicenseRow,
  type Origin,
  rank,
  type Row,
  type VendorRow,
} from '../rows/row.ts';
import type { Change } from './change.ts';
import type { LedgerState } from './ledger.ts';

/** The write under way in the own spell: what its rows are stamped with. */
interface Stamp extends Origin {
  ledgerMs: number;
}

/** A change of the ledger, with what it does to the row behind it (protocol section 3). */
export function withRow(state: LedgerState, change: Change, ledgerMs: number): Change {
  const { rows, spell } = state;
  if (!rows) return withoutEnd(change);
  if ('row' in change && change.row) return change;
  if (!spell) throw new Error('rows are written by who does not serve');
  const stamp: Stamp = { by: spell.id, write: spell.write + 1, ledgerMs };
  switch (change.type) {
    case 'lease':
      return { ...change, row: changeOfLease(rows, change, stamp) };
    case 'license':
      return { ...change, row: changeOfLicense(rows, change, stamp) };
    case 'vendor':
      return { ...change, row: changeOfVendor(rows, change, stamp) };
    case 'config': {
      const before = rows.config.get(configId) ?? null;
      const { by, write } = stamp;
      const after: ConfigRow = { kind: 'config', id: configId, by, write, config: change.after };
      return { ...change, row: { before, after } };
    }
    default:
      return change;
  }
}

/** A log needs no word of how a lease ended beside the record of its usage. */
function withoutEnd(change: Change): Change {
  if (change.type !== 'lease' || change.end === undefined) return change;
  const { end: _, ...rest } = change;
  return rest;
}

type LeaseChange = Extract<Change, { type: 'lease' }>;

function changeOfLease(rows: RowSet, change: LeaseChange, stamp: Stamp): RowChange {
  const lease = change.after ?? change.before;
  if (!lease) throw new Error('a change of no lease');
  const before = rows.lease.get(lease.id) ?? null;
  const after = makeLeaseRow(before, lease, rankAfter(before, change), stamp);
  return { before, after };
}

function rankAfter(before: LeaseRow | null, { after, end }: LeaseChange): number {
  if (after) {
    if (!before) return rank.granted;
    return hasExpired(before) ? before.rank + 1 : before.rank;
  }
  switch (end) {
    case 'released':
      return rank.released;
    case 'returned':
    case 'replaced':
      return rank.returned;
    case 'expired':
      return (before?.rank ?? rank.granted) + 1;
    case undefined:
      break;
  }
  throw new Error('a lease ends without a reason');
}

/** The next row of a lease. It is greater than the one before, whoever wrote that and when. */
export function makeLeaseRow(
  before: LeaseRow | null,
  lease: Lease,
  newRank: number,
  { by, write, ledgerMs }: Stamp,
): LeaseRow {
  const isLater = !before || compareSpells(by, before.by) >= 0;
  const row: LeaseRow = {
    kind: 'lease',
    id: lease.id,
    rank: newRank,
    stampMs: Math.max(ledgerMs, before ? before.stampMs + (isLater ? 0 : 1) : 0),
    by,
    write,
    licenseId: lease.licenseId,
    instance: lease.holder.instance,
    // The holder may have a token of a longer borrow than the present one.
    borrowUntilMs: latestEndMs(lease, before),
    lease: null,
  };
  if (isLive(row)) row.lease = lease;
  return row;
}

function latestEndMs(
  { borrowUntilMs, borrowedUpToMs }: Lease,
  before: LeaseRow | null,
): number | null {
  const latestMs = Math.max(borrowUntilMs ?? 0, borrowedUpToMs ?? 0, before?.borrowUntilMs ?? 0);
  return latestMs === 0 ? null : latestMs;
}

function changeOfLicense(
  rows: RowSet,
  { before: former, after: license }: Extract<Change, { type: 'license' }>,
  { by, write }: Stamp,
): RowChange {
  const id = (license ?? former)?.id ?? '';
  const before = rows.license.get(id) ?? null;
  const revision = license?.versions.at(-1)?.revision ?? (before?.revision ?? 0) + 1;
  const made: LicenseRow = { kind: 'license', id, revision, by, write, license };
  const serialSeen = Math.max(before ? serialSeenIn(before) : 0, currentSerial(made));
  const after: LicenseRow = { ...made, serialSeen };
  const sameVersion =
    before && revision === before.revision && currentSerial(after) === currentSerial(before);
  // Only what was told of the licence's expiry is new: the row still names the write that installed it, but
  // where that was told too early, since such a row is no greater than the one before.
  if (before && sameVersion && compareRows({ ...after, ...originOf(before) }, before) >= 0) {
    return { before, after: { ...after, ...originOf(before) } };
  }
  return { before, after };
}

function originOf({ by, write }: Origin): Origin {
  return { by, write };
}

function changeOfVendor(
  rows: RowSet,
  { before: former, after: vendor }: Extract<Change, { type: 'vendor' }>,
  { by, write }: Stamp,
): RowChange {
  const id = (vendor ?? former)?.keyId ?? '';
  const before = rows.vendor.get(id) ?? null;
  const after: VendorRow = {
    kind: 'vendor',
    id,
    revision: (before?.revision ?? 0) + 1,
    by,
    write,
    vendor,
  };
  return { before, after };
}

/** What a row that came from another member does to the ledger here. */
export function changeByRow(state: LedgerState, row: RowChange): Change {
  const { before, after } = row;
  const kind = (after ?? before)?.kind;
  switch (kind) {
    case 'lease': {
      const one = (after ?? before) as LeaseRow;
      const was = state.leases.get(one.id) ?? null;
      const is = leaseIn(after);
      return was || is ? { type: 'lease', before: was, after: is, row } : { type: 'row', row };
    }
    case 'license': {
      const was = (before as LicenseRow | null)?.license ?? null;
      const is = (after as LicenseRow | null)?.license ?? null;
      return was || is ? { type: 'license', before: was, after: is, row } : { type: 'row', row };
    }
    case 'vendor': {
      const was = (before as VendorRow | null)?.vendor ?? null;
      const is = (after as VendorRow | null)?.vendor ?? null;
      return was || is ? { type: 'vendor', before: was, after: is, row } : { type: 'row', row };
    }
    case 'config':
      return { type: 'config', before: state.config, after: (after as ConfigRow).config, row };
    default:
      return { type: 'row', row };
  }
}

function leaseIn(row: Row | null): Lease | null {
  return row?.kind === 'lease' && isLive(row) ? row.lease : null;
}
