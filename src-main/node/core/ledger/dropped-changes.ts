import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import type { LeaseEnd } from '../../../../src-shared/model/usage.ts';
import type { TrustedVendor } from '../../../../src-shared/model/vendor.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';
import type { Change } from './change.ts';
import { describeDifferences, describeLicense, describeTrust } from './describe-ordered.ts';
import { currentVersion, isEndedLease, type LedgerState } from './ledger.ts';
import type { MemberId } from './member-id.ts';

// Where a majority decides, a server can have to drop what was confirmed, when others have forgotten it
// (protocol section 6). Here is what that was, in words.

/** One that is kept as it was before (`now`), and no more as it was since (`had`). */
interface Dropped<T> {
  had: T;
  now: T;
}

/** Of a kind are named; all others are counted. */
const namedMax = 5;

/** What these changes, in their order, had made. Empty: nothing that anybody relies on. */
export function describeWithdrawn(
  changes: readonly Change[],
  nameOf: (id: MemberId) => string,
): string[] {
  const licenses = new Map<string, Dropped<InstalledLicense | null>>();
  const vendors = new Map<string, Dropped<TrustedVendor | null>>();
  const leases = new Map<string, Dropped<Lease | null>>();
  const ends = new Map<string, LeaseEnd>();
  const configs = new Map<string, Dropped<LedgerConfig>>();
  for (const change of changes) {
    if (change.type === 'license') gather(licenses, idOf(change), change);
    else if (change.type === 'vendor') gather(vendors, keyOf(change), change);
    else if (change.type === 'config') gather(configs, '', change);
    else if (change.type === 'lease') gather(leases, idOf(change), change);
    else if (change.type === 'usage' && change.after.kind === 'session')
      ends.set(change.after.leaseId, change.after.end);
  }
  return [
    ...[...licenses].flatMap(([id, one]) => describeDroppedLicense(id, one)),
    ...[...vendors].flatMap(([id, one]) => describeDroppedTrust(id, one)),
    ...[...configs.values()].flatMap((one) => describeDroppedConfig(one, nameOf)),
    ...describeLeases([...leases.values()], ends),
  ];
}

type WithBoth<T> = { before: T; after: T };

function gather<T>(all: Map<string, Dropped<T>>, id: string, { before, after }: WithBoth<T>): void {
  const known = all.get(id);
  all.set(id, { now: known ? known.now : before, had: after });
}

function idOf({ before, after }: WithBoth<{ id: string } | null>): string {
  return (after ?? before)?.id ?? '';
}

function keyOf({ before, after }: WithBoth<TrustedVendor | null>): string {
  return (after ?? before)?.keyId ?? '';
}

export interface Replaced {
  parts: string[];
  /** What came after was not made of this: no lease that was given back lives again. */
  isSure: boolean;
}

/**
 * What another ledger that takes the place of this one has otherwise. A seat that is not there may have run out since,
 * and a licence that is not there may have been removed, so that neither says anything.
 */
export function describeReplaced(had: LedgerState, now: LedgerState): Replaced {
  const licenses = [...had.licenses.values()].flatMap((license) => {
    const other = now.licenses.get(license.id);
    if (!other || !isOlder(other, license)) return [];
    return describeDroppedLicense(license.id, { had: license, now: other });
  });
  const revived = [...now.leases.values()].filter(({ id }) => isEndedLease(had, id));
  return { parts: [...licenses, ...nameSome(revived, 'return')], isSure: revived.length > 0 };
}

function isOlder(license: InstalledLicense, than: InstalledLicense): boolean {
  if (license.damage !== undefined || than.damage !== undefined) return false;
  return currentVersion(license).revision < currentVersion(than).revision;
}

function describeDroppedLicense(
  id: string,
  { had, now }: Dropped<InstalledLicense | null>,
): string[] {
  const [there, here] = [describeInstalled(now), describeInstalled(had)];
  return there === here ? [] : [`licence ${id} as ${here} (before: ${there})`];
}

function describeInstalled(license: InstalledLicense | null): string {
  return license ? describeLicense(license) : 'not installed';
}

function describeDroppedTrust(id: string, { had, now }: Dropped<TrustedVendor | null>): string[] {
  if ((had === null) === (now === null)) return [];
  return [`vendor ${(had ?? now)?.vendor ?? 'unknown'} (key ${id}) as ${describeTrust(had)}`];
}

function describeDroppedConfig(
  { had, now }: Dropped<LedgerConfig>,
  nameOf: (id: MemberId) => string,
): string[] {
  const settings = describeDifferences(had, now, nameOf);
  return settings === '' ? [] : [`the relationship with ${settings}`];
}

function describeLeases(
  leases: readonly Dropped<Lease | null>[],
  ends: ReadonlyMap<string, LeaseEnd>,
): string[] {
  const granted = leases.flatMap(({ had, now }) => (had && !now ? [had] : []));
  const altered = leases.flatMap(({ had, now }) =>
    had && now && had.borrowUntilMs !== now.borrowUntilMs ? [had] : [],
  );
  const ended = (end: LeaseEnd) =>
    leases.flatMap(({ had, now }) => (!had && now && ends.get(now.id) === end ? [now] : []));
  return [
    ...nameSome(granted, 'grant'),
    ...nameSome(altered, 'borrowing'),
    ...nameSome(ended('returned'), 'return'),
    ...nameSome(ended('released'), 'release'),
  ];
}

function nameSome(leases: readonly Lease[], what: string): string[] {
  if (leases.length === 0) return [];
  const units = leases.reduce((sum, lease) => sum + lease.units, 0);
  const named = leases.slice(0, namedMax).map(({ licenseId, holder: { user, host } }) => {
    return `${licenseId} by ${user} on ${host}`;
  });
  const rest = leases.length - named.length;
  if (rest > 0) named.push(`${rest} more`);
  return [`the ${what} of ${countOf(units, 'seat')} (${named.join('; ')})`];
}
