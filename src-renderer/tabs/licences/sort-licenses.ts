import { compareVersions, type LicenseDetail } from '../../../src-shared/model/license.ts';
import type { LicenseReadiness } from '../../../src-shared/view/describe-readiness.ts';
import type { GridSort } from '../../components/grid/grid-column.ts';
import { servedState } from './describe-license.ts';

export type LicenseSort =
  'feature' | 'product' | 'seats' | 'expires' | 'state' | 'configured' | 'works' | 'servedBy';

/** A licence with whether a failover would keep it available now. */
export interface LicenseEntry {
  license: LicenseDetail;
  now: LicenseReadiness;
}

const servedRank = { failover: 0, nobody: 1, primary: 2 };
const stateRank = { damaged: 0, revoked: 1, expired: 2, notStarted: 3, expiring: 4, valid: 5 };

type Compare = (a: LicenseDetail, b: LicenseDetail) => number;

const comparisons: Record<Exclude<LicenseSort, 'works'>, Compare> = {
  feature: (a, b) => a.feature.localeCompare(b.feature),
  product: (a, b) => a.product.localeCompare(b.product) || compareVersions(a.version, b.version),
  seats: (a, b) => a.inUse / a.units - b.inUse / b.units,
  expires: (a, b) => expiry(a) - expiry(b),
  state: (a, b) => stateRank[a.validity] - stateRank[b.validity],
  // What is missing comes first.
  configured: (a, b) => Number(a.failover.configured) - Number(b.failover.configured),
  // What failed over comes first.
  servedBy: (a, b) =>
    servedRank[servedState(a.servedBy)] - servedRank[servedState(b.servedBy)] ||
    (a.servedBy?.name ?? '').localeCompare(b.servedBy?.name ?? ''),
};

function compareBy(by: LicenseSort): (a: LicenseEntry, b: LicenseEntry) => number {
  if (by === 'works') {
    // Licences that are meant to survive a failover and would not are what an admin looks for.
    const rank = ({ license, now }: LicenseEntry) =>
      now.works ? 2 : license.failover.configured ? 0 : 1;
    return (a, b) => rank(a) - rank(b);
  }
  const compare = comparisons[by];
  return (a, b) => compare(a.license, b.license);
}

function expiry({ expires }: LicenseDetail): number {
  return expires === null ? Number.MAX_SAFE_INTEGER : Date.parse(expires);
}

/** The licences with `search` in a name, vendor or id (case does not matter), in order. */
export function selectLicenses(
  entries: readonly LicenseEntry[],
  search: string,
  sort: GridSort<LicenseSort>,
): LicenseEntry[] {
  const wanted = search.trim().toLowerCase();
  const direction = sort.descending ? -1 : 1;
  const compare = compareBy(sort.by);
  return entries
    .filter(({ license: { feature, product, vendor, id } }) =>
      [feature, product, vendor, id].some((text) => text.toLowerCase().includes(wanted)),
    )
    .sort((a, b) => direction * compare(a, b) || a.license.id.localeCompare(b.license.id));
}
