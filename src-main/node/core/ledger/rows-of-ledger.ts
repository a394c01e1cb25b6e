import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { EndedLease, LedgerMeta, StoredLedger } from './change.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import {
  configId,
  type LeaseRow,
  type LicenseRow,
  logSpell,
  type Origin,
  rank,
  type Row,
} from '../rows/row.ts';

/** Before every spell: the origin of rows that were kept as something else. */
const noOrigin: Origin = { by: logSpell, write: 0 };

/**
 * The rows of a ledger that was kept as a log: by the rule `majority`, or by a version that knew no
 * rows. Two members that had the same make the same rows of it.
 */
export function rowsOfLedger(
  { meta, config, leases, licenses, vendors, ended }: Omit<StoredLedger, 'rows'>,
  stampMs = meta?.wallHighMs ?? 0,
): Row[] {
  return [
    ...historyOf(meta),
    { kind: 'config', id: configId, ...noOrigin, config },
    ...vendors.map((vendor): Row => {
      return { kind: 'vendor', id: vendor.keyId, ...noOrigin, revision: 1, vendor };
    }),
    ...licenses.map((license) => rowOfLicense(license)),
    ...leases.map((lease) => rowOfLease(lease, stampMs)),
    ...ended.map((one) => rowOfEnded(one, stampMs)),
  ];
}

export function rowOfLicense(license: InstalledLicense): LicenseRow {
  const revision = license.versions.at(-1)?.revision ?? 1;
  const serialSeen = Math.max(...license.versions.map(({ grant }) => grant.serial));
  return { kind: 'license', id: license.id, ...noOrigin, revision, serialSeen, license };
}

/** The row of a lease that lives. */
export function rowOfLease(lease: Lease, stampMs: number): LeaseRow {
  const { id, licenseId, borrowUntilMs, holder } = lease;
  const about = { licenseId, instance: holder.instance, borrowUntilMs, lease };
  return { kind: 'lease', id, rank: rank.granted, stampMs, ...noOrigin, ...about };
}

/** The row of one that was given back, of which tokens can be valid. */
export function rowOfEnded({ leaseId: id, untilMs }: EndedLease, stampMs: number): LeaseRow {
  const about = { licenseId: '', instance: '', borrowUntilMs: untilMs, lease: null };
  return { kind: 'lease', id, rank: rank.returned, stampMs, ...noOrigin, ...about };
}

function historyOf(meta: LedgerMeta | null): Row[] {
  const { usageSequence: usage = 0, eventSequence: events = 0, timesSet = 0 } = meta ?? {};
  const overdraft = meta?.overdraft ?? null;
  if (usage + events === 0) return [];
  const toMs = meta?.wallHighMs ?? 0;
  const spell = { number: 0, member: '', fromMs: 0, toMs, timesSet, told: 0, overdraft };
  const how = { write: usage + events, usage, events, lastTerm: meta?.term };
  return [{ kind: 'spell', id: logSpell, ...spell, ...how }];
}
