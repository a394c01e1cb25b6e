import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import type { TrustedVendor } from '../../../../src-shared/model/vendor.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';
import { currentGrant } from './ledger.ts';
import type { MemberId } from './member-id.ts';

// What admins order, in words: of two states of it the timeline says what each was.

/** Null: there is no such licence. */
export function describeLicense(license: InstalledLicense | null): string {
  if (!license) return 'removed';
  const { serial, units, revoked } = currentGrant(license);
  if (revoked !== undefined) return `serial ${serial}, revoked`;
  return `serial ${serial}, ${countOf(units, 'seat')}`;
}

/** Null: the vendor is not trusted. */
export function describeTrust(vendor: TrustedVendor | null): string {
  return vendor ? 'trusted' : 'forgotten';
}

type Part = [name: string, value: unknown];

/** What a configuration has that the other one has otherwise. */
export function differencesOf(config: LedgerConfig, other: LedgerConfig): Part[] {
  const others = new Map(partsOf(other));
  return partsOf(config).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(others.get(name)),
  );
}

function partsOf({ membership, relationship, placed, settings }: LedgerConfig): Part[] {
  return [['servers', [membership, relationship]], ['placed', placed], ...Object.entries(settings)];
}

/** The same in words, as the first one has it. */
export function describeDifferences(
  config: LedgerConfig,
  other: LedgerConfig,
  nameOf: (id: MemberId) => string,
): string {
  return differencesOf(config, other)
    .map(([name]) => describePart(name, config, nameOf))
    .join(', ');
}

function describePart(
  name: string,
  { membership, placed, settings }: LedgerConfig,
  nameOf: (id: MemberId) => string,
): string {
  if (name === 'servers') return `servers ${membership.members.map(nameOf).join(', ')}`;
  if (name === 'placed')
    return `placed at ${placed === null ? 'the first server' : nameOf(placed)}`;
  return `${name}=${JSON.stringify(Object.entries(settings).find(([key]) => key === name)?.[1])}`;
}
