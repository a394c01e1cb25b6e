import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { compareNames } from '../../base/natural-order.ts';

/** Licences in the order in which they run out: the smallest part of free seats first. */
export function rankByScarcity(licenses: readonly LicenseDetail[]): LicenseDetail[] {
  const freePart = (license: LicenseDetail) => (license.units - license.inUse) / license.units;
  return [...licenses].sort(
    (a, b) =>
      freePart(a) - freePart(b) ||
      a.units - a.inUse - (b.units - b.inUse) ||
      compareNames(a.feature, b.feature),
  );
}
