import { type LedgerConfig, primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import type { Coverage } from '../../../src-shared/model/relationship.ts';
import { coverageByAny, deriveCoverage } from '../core/ledger/coverage.ts';
import { currentGrant } from '../core/ledger/ledger.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';

/** What becomes of each licence when its primary fails, with these others. */
export function describeCoverage(
  licenses: Iterable<InstalledLicense>,
  config: LedgerConfig,
  others: readonly string[],
): Coverage[] {
  const server = primaryOf(config.membership);
  return Array.from(licenses, (license) => {
    const { feature, units, majorityRule } = currentGrant(license);
    const coverage = coverageByAny(config, license, others);
    const by = others.filter((id) => deriveCoverage(config, license, id).covered);
    return {
      license: license.id,
      feature,
      server,
      units,
      covered: coverage?.covered ?? false,
      by,
      majority: needsMajority(config, majorityRule),
      ...(coverage === null || coverage.covered ? {} : { reason: coverage.reason.message }),
    };
  });
}

/** The licences of a ledger, and what becomes of each when its primary fails. */
export function coverageOf(replica: HostedReplica): Coverage[] {
  const { config } = replica.view();
  const others = config.membership.members.slice(1);
  return describeCoverage(replica.ledger.licenses.values(), config, others);
}

/** In a pool each licence says it; else the policy does. */
function needsMajority({ relationship }: LedgerConfig, majorityRule: boolean): boolean {
  if (relationship?.kind === 'pool') return majorityRule;
  return relationship?.policy === 'strict';
}
