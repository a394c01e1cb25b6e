import { compareVersions, type LicenseDetail } from '../../../src-shared/model/license.ts';
import type { GridSort } from '../../components/grid/grid-column.ts';
import { compareNames } from '../../base/natural-order.ts';
import { servedState } from './describe-license.ts';

export type LicenseSort =
  'feature' | 'product' | 'seats' | 'expires' | 'state' | 'configured' | 'works' | 'servedBy';

const servedRank = { failover: 0, nobody: 1, primary: 2 };
const stateRank = { damaged: 0, revoked: 1, expired: 2, notStarted: 3, expiring: 4, valid: 5 };

type Compare = (a: LicenseDetail, b: LicenseDetail) => number;

const comparisons: Record<Exclude<LicenseSort, 'works'>, Compare> = {
  feature: (a, b) => compareNames(a.feature, b.feature),
  product: (a, b) => compareNames(a.product, b.product) || compareVersions(a.version, b.version),
  seats: (a, b) => a.inUse / a.units - b.inUse / b.units,
  expires: (a, b) => expiry(a) - expiry(b),
  state: (a, b) => stateRank[a.validity] - stateRank[b.validity],
  // What is missing comes first.
  configured: (a, b) => Number(a.failover.configured) - Number(b.failover.configured),
  // What failed over comes first.
  servedBy: (a, b) =>
    servedRank[servedState(a.servedBy)] - servedRank[servedState(b.servedBy)] ||
    compareNames(a.servedBy?.name ?? '', b.servedBy?.name ?? ''),
};

function expiry({ expires }: LicenseDetail): number {
  return expires === null ? Number.MAX_SAFE_INTEGER : Date.parse(expires);
}

/** Licences that are meant to survive a failover and would not come first: `working` would. */
function compareByWorking(working: ReadonlySet<string>): Compare {
  const rank = ({ id, failover }: LicenseDetail) =>
    working.has(id) ? 2 : failover.configured ? 0 : 1;
  return (a, b) => rank(a) - rank(b);
}

/**
 * The licences in order; equal ones by their names. `working`: the ids of those whose failover would
 * work now.
 */
export function sortLicenses(
  licenses: readonly LicenseDetail[],
  sort: GridSort<LicenseSort>,
  working: ReadonlySet<string>,
): LicenseDetail[] {
  const direction = sort.descending ? -1 : 1;
  const compare = sort.by === 'works' ? compareByWorking(working) : comparisons[sort.by];
  return [...licenses].sort(
    (a, b) =>
      direction * compare(a, b) || compareNames(a.feature, b.feature) || compareNames(a.id, b.id),
  );
}
