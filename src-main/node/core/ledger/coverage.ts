import { shortId } from '../../../../src-shared/view/short-id.ts';
import type { InstalledLicense, LicenseGrant } from '../../../../src-shared/model/license.ts';
import { type LedgerConfig, primaryOf } from '../../../../src-shared/model/ledger-config.ts';
import type { Reason } from '../../../../src-shared/model/reason.ts';
import type { RelationshipKind } from '../../../../src-shared/model/relationship.ts';
import type { LedgerState } from './ledger.ts';

export type LicenseCoverage = { covered: true } | { covered: false; reason: Reason };

/** An entitlement to more servers includes the ones to fewer. */
const extentOf: Record<LicenseGrant['redundancy'], number> = {
  none: 0,
  backup: 1,
  triad: 2,
  pool: 3,
};

/** Whether one grants redundancy to fewer servers than the other. */
export function grantsLess(
  { redundancy }: Pick<LicenseGrant, 'redundancy'>,
  than: Pick<LicenseGrant, 'redundancy'>,
): boolean {
  return extentOf[redundancy] < extentOf[than.redundancy];
}

const kindText: Record<RelationshipKind, string> = {
  backup: 'backup pairs',
  triad: 'triads',
  pool: 'pools',
};

export const noRedundancy = 'The vendor grants no redundancy.';

/**
 * Whether a licence may run on a server that is not its primary: the vendor
 * must grant redundancy of this kind, and name the server if it names any. On its primary it always
 * runs; on one that took the place of the first primary, if no servers are named or that one is.
 */
export function deriveCoverage(
  config: LedgerConfig,
  license: InstalledLicense,
  serverId: string,
): LicenseCoverage {
  const grant = license.versions.at(-1)?.grant;
  if (!grant) throw new Error(`licence ${license.id} has no version`);
  return deriveGrantCoverage(config, grant, serverId);
}

/** `deriveCoverage` of what a vendor grants, also when it is not installed yet. */
export function deriveGrantCoverage(
  config: LedgerConfig,
  grant: LicenseGrant,
  serverId: string,
): LicenseCoverage {
  const primary = primaryOf(config.membership);
  const isPrimary = primary === serverId;
  if (isPrimary && (config.home ?? primary) === primary) return { covered: true };
  const kind = config.relationship?.kind ?? 'backup';
  if (!isPrimary && extentOf[grant.redundancy] < extentOf[kind]) {
    const message =
      grant.redundancy === 'none'
        ? noRedundancy
        : `The vendor grants redundancy for ${kindText[grant.redundancy]} only.`;
    return { covered: false, reason: { code: 'NOT_ENTITLED', message } };
  }
  if (grant.servers.length > 0 && !grant.servers.includes(serverId)) {
    const message = 'The vendor does not name this server among those that it may run on.';
    return { covered: false, reason: { code: 'SERVER_NOT_NAMED', message } };
  }
  return { covered: true };
}

/**
 * Whether a licence may run on at least one of these servers; else why it may not run on the first of
 * them. Null: there is none.
 */
export function coverageByAny(
  config: LedgerConfig,
  license: InstalledLicense,
  serverIds: readonly string[],
): LicenseCoverage | null {
  const verdicts = serverIds.map((id) => deriveCoverage(config, license, id));
  return verdicts.find(({ covered }) => covered) ?? verdicts[0] ?? null;
}

/** A failover server: it serves in the place of the primary. */
export function isFailover({ config, serverId }: LedgerState): boolean {
  return primaryOf(config.membership) !== serverId;
}

/** Whether this server may serve the licence. One that is no longer installed only runs out. */
export function isServedHere(state: LedgerState, licenseId: string): boolean {
  const license = state.licenses.get(licenseId);
  return !license || deriveCoverage(state.config, license, state.serverId).covered;
}

/** Why this failover server does not serve a licence, for whoever asks for it. */
export function describeUncovered(state: LedgerState, license: InstalledLicense): string {
  const coverage = deriveCoverage(state.config, license, state.serverId);
  const why = coverage.covered ? '' : ` ${coverage.reason.message}`;
  if (!isFailover(state)) {
    return `Licence ${license.id} does not run on this server.${why} Ask the vendor for one that names it.`;
  }
  const primary = primaryName(state);
  return (
    `Licence ${license.id} belongs to ${primary} and does not run elsewhere.${why} ` +
    `It is served again when ${primary} is.`
  );
}

export function primaryName({ config, names }: LedgerState): string {
  const primary = primaryOf(config.membership);
  return names.get(primary) ?? shortId(primary);
}
