import { type LedgerConfig, primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import type { Coverage } from '../../../src-shared/model/relationship.ts';
import { coverageByAny } from '../core/ledger/coverage.ts';
import { currentGrant } from '../core/ledger/ledger.ts';

/** What becomes of each licence when its primary fails, with these others. */
export function describeCoverage(
  licenses: Iterable<InstalledLicense>,
  config: LedgerConfig,
  others: readonly string[],
): Coverage[] {
  const server = primaryOf(config.membership);
  return Array.from(licenses, (license) => {
    const { feature, units } = currentGrant(license);
    const coverage = coverageByAny(config, license, others);
    return {
      license: license.id,
      feature,
      server,
      units,
      covered: coverage?.covered ?? false,
      ...(coverage === null || coverage.covered ? {} : { reason: coverage.reason.message }),
    };
  });
}
