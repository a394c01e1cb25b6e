import { primaryOf } from '../../../../src-shared/model/ledger-config.ts';
import {
  type InstalledLicense,
  type LicenseDetail,
  type LicenseStatus,
  type ServedBy,
} from '../../../../src-shared/model/license.ts';
import { formatInstant } from '../../../../src-shared/model/scalars.ts';
import { coverageByAny, noRedundancy } from './coverage.ts';
import { currentVersion, type LedgerState, unitCount } from './ledger.ts';
import { timesOf } from './ledger-time.ts';
import { endMsOf } from './trial.ts';
import { validityOf } from './validity.ts';

/** Why a licence of a server that stands alone is not covered by a failover. */
const aloneReason = 'No other server protects this one.';

/** Whether another member could serve the licence in the place of its primary. */
function deriveFailover(
  { config }: LedgerState,
  license: InstalledLicense,
): LicenseStatus['failover'] {
  const coverage = coverageByAny(config, license, config.membership.members.slice(1));
  if (coverage?.covered) return { configured: true };
  if (coverage) return { configured: false, reason: coverage.reason.message };
  const entitled = currentVersion(license).grant.redundancy !== 'none';
  return { configured: false, reason: entitled ? aloneReason : noRedundancy };
}

/** A date as the vendor wrote it, or the end of a trial that comes first. */
function endOf(license: InstalledLicense): string | null {
  const { expires, trialDays } = currentVersion(license).grant;
  const endMs = endMsOf(license);
  return trialDays === undefined || endMs === Infinity ? expires : formatInstant(endMs);
}

export function deriveLicenseStatus(
  state: LedgerState,
  license: InstalledLicense,
  servedBy: ServedBy | null,
): LicenseStatus {
  const { grant } = currentVersion(license);
  return {
    id: license.id,
    product: grant.product,
    feature: grant.feature,
    version: grant.version,
    units: grant.units,
    inUse: unitCount(state, license.id).units,
    expires: endOf(license),
    failover: deriveFailover(state, license),
    // Another server may have the licence whole, and serve it.
    servedBy: license.damage === undefined || servedBy?.id !== state.serverId ? servedBy : null,
    ...(license.damage === undefined ? {} : { damage: license.damage }),
  };
}

export function deriveLicenseDetail(
  state: LedgerState,
  license: InstalledLicense,
  servedBy: ServedBy | null,
): LicenseDetail {
  const { grant, revision, vendorKeyId } = currentVersion(license);
  return {
    ...deriveLicenseStatus(state, license, servedBy),
    ledger: state.meta.id,
    primary: primaryOf(state.config.membership),
    vendor: grant.vendor,
    vendorKeyId,
    demo: vendorKeyId === state.demoVendorKeyId,
    serial: grant.serial,
    revision,
    notBefore: grant.notBefore,
    ttlSeconds: grant.ttlSeconds,
    ...(grant.trialDays === undefined ? {} : { trialDays: grant.trialDays }),
    ...(license.trialBeganMs === undefined
      ? {}
      : { trialBegan: formatInstant(license.trialBeganMs) }),
    ...(grant.maintenanceUntil === undefined ? {} : { maintenanceUntil: grant.maintenanceUntil }),
    ...(grant.customer === undefined ? {} : { customer: grant.customer }),
    ...(grant.orderNumber === undefined ? {} : { orderNumber: grant.orderNumber }),
    ...(grant.metadata === undefined ? {} : { metadata: grant.metadata }),
    redundancy: grant.redundancy,
    majorityRule: grant.majorityRule,
    borrow: grant.borrow,
    borrowedUnits: unitCount(state, license.id).borrowedUnits,
    validity: validityOf(license, timesOf(state.time)),
    deniedCount: state.deniedCountByLicense.get(license.id) ?? 0,
    versions: license.versions.map((version) => ({
      revision: version.revision,
      serial: version.grant.serial,
      units: version.grant.units,
      expires: version.grant.expires,
      ...(version.grant.trialDays === undefined ? {} : { trialDays: version.grant.trialDays }),
      installedAt: formatInstant(version.installedAtMs),
    })),
  };
}
