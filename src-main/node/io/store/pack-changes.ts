import type { UsageRecord } from '../../../../src-shared/model/usage.ts';
import type { Change } from '../../core/change.ts';
import type { PackedChanges } from './worker-message.ts';

/** Names of the operations in `PackedChanges`, each followed by the values named here. */
export const operation = {
  /** doc */
  putMeta: 'meta',
  /** id, doc */
  putLease: 'lease',
  /** id */
  dropLease: 'lease-',
  /** id, doc */
  putLicense: 'license',
  /** id */
  dropLicense: 'license-',
  /** key id, doc */
  putVendor: 'vendor',
  /** key id */
  dropVendor: 'vendor-',
  /** sequence, at, severity, doc */
  putEvent: 'event',
  /** sequence, kind, license, product, feature, units, user, host, started, ended, times, doc */
  putUsage: 'usage',
} as const;

/** Number of values that `putUsage` takes. */
export const usageColumnCount = 12;

/** Flattens changes for the worker. Of the ledger's own figures only the newest are written. */
export function packChanges(changes: readonly Change[]): PackedChanges {
  const packed: PackedChanges = [];
  let meta: string | undefined;
  for (const change of changes) {
    switch (change.type) {
      case 'lease':
        if (change.after) {
          packed.push(operation.putLease, change.after.id, JSON.stringify(change.after));
        } else if (change.before) packed.push(operation.dropLease, change.before.id);
        break;
      case 'license':
        if (change.after) {
          packed.push(operation.putLicense, change.after.id, JSON.stringify(change.after));
        } else if (change.before) packed.push(operation.dropLicense, change.before.id);
        break;
      case 'vendor':
        if (change.after) {
          packed.push(operation.putVendor, change.after.keyId, JSON.stringify(change.after));
        } else if (change.before) packed.push(operation.dropVendor, change.before.keyId);
        break;
      case 'usage':
        packUsage(packed, change.after);
        break;
      case 'event':
        packed.push(operation.putEvent, change.after.sequence, change.after.atMs);
        packed.push(change.after.severity, JSON.stringify(change.after));
        break;
      case 'meta':
        meta = JSON.stringify(change.after);
        break;
    }
  }
  if (meta !== undefined) packed.push(operation.putMeta, meta);
  return packed;
}

function packUsage(packed: PackedChanges, record: UsageRecord): void {
  const session = record.kind === 'session';
  packed.push(
    operation.putUsage,
    record.sequence,
    record.kind,
    record.licenseId ?? null,
    record.product ?? null,
    record.feature,
    record.units,
    record.user,
    record.host,
    session ? record.startedAtMs : record.firstAtMs,
    session ? record.endedAtMs : record.lastAtMs,
    session ? 1 : record.count,
    JSON.stringify(record),
  );
}
