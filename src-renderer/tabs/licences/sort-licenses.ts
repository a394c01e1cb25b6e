import { compareVersions, type LicenseDetail } from '../../../src-shared/model/license.ts';
import type { GridSort } from '../../components/grid/grid-column.ts';
import { compareNames } from '../../base/natural-order.ts';
import { servedState } from './describe-license.ts';

export type LicenseSort = 'feature' | 'product' | 'seats' | 'expires' | 'state' | 'servedBy';

const servedRank = { failover: 0, nobody: 1, primary: 2 };
const stateRank = { damaged: 0, revoked: 1, expired: 2, notStarted: 3, expiring: 4, valid: 5 };

const comparisons: Record<LicenseSort, (a: LicenseDetail, b: LicenseDetail) => number> = {
  feature: (a, b) => compareNames(a.feature, b.feature),
  product: (a, b) => compareNames(a.product, b.product) || compareVersions(a.version, b.version),
  seats: (a, b) => a.inUse / a.units - b.inUse / b.units,
  expires: (a, b) => expiry(a) - expiry(b),
  state: (a, b) => stateRank[a.validity] - stateRank[b.validity],
  // What failed over comes first.
  servedBy: (a, b) =>
    servedRank[servedState(a.servedBy)] - servedRank[servedState(b.servedBy)] ||
    compareNames(a.servedBy?.name ?? '', b.servedBy?.name ?? ''),
};

function expiry({ expires }: LicenseDetail): number {
  return expires === null ? Number.MAX_SAFE_INTEGER : Date.parse(expires);
}

/** The licences in order; equal ones by their names. */
export function sortLicenses(
  licenses: readonly LicenseDetail[],
  sort: GridSort<LicenseSort>,
): LicenseDetail[] {
  const direction = sort.descending ? -1 : 1;
  const compare = comparisons[sort.by];
  return [...licenses].sort(
    (a, b) =>
      direction * compare(a, b) || compareNames(a.feature, b.feature) || compareNames(a.id, b.id),
  );
}
