import type { LedgerConfig } from '../../../src-shared/model/ledger-config.ts';
import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import type { Coverage } from '../../../src-shared/model/relationship.ts';
import { deriveCoverage } from '../core/ledger/coverage.ts';
import { currentGrant } from '../core/ledger/ledger.ts';

/** What becomes of each licence when its primary fails, with these others. */
export function describeCoverage(
  licenses: Iterable<InstalledLicense>,
  config: LedgerConfig,
  others: readonly string[],
): Coverage[] {
  const [server = ''] = config.membership.members;
  return Array.from(licenses, (license) => {
    const { feature, units } = currentGrant(license);
    const verdicts = others.map((id) => deriveCoverage(config, license, id));
    const covered = verdicts.some((verdict) => verdict.covered);
    const [first] = verdicts;
    const reason = covered || !first || first.covered ? undefined : first.reason.message;
    return {
      license: license.id,
      feature,
      server,
      units,
      covered,
      ...(reason === undefined ? {} : { reason }),
    };
  });
}
