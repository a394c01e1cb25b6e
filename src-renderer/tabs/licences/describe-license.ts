import type {
  LicenseDetail,
  LicenseStatus,
  LicenseValidity,
  ServedBy,
} from '../../../src-shared/model/license.ts';
import { describeLength } from '../../../src-shared/view/describe-span.ts';
import { formatExact, formatCount } from '../../base/format.ts';

type BadgeColor = 'success' | 'warning' | 'danger' | 'informative';

/** The colour of the mark for a validity. */
export const validityColors: Record<LicenseValidity, BadgeColor> = {
  valid: 'success',
  expiring: 'warning',
  expired: 'danger',
  notStarted: 'informative',
  revoked: 'danger',
  damaged: 'danger',
};

export type ServedState = 'primary' | 'failover' | 'nobody';

export function servedState(servedBy: LicenseStatus['servedBy']): ServedState {
  return servedBy?.role ?? 'nobody';
}

/** Who serves a licence, this server or another, and as what; `waited`: the server it waits for. */
export function describeServedBy(
  servedBy: LicenseStatus['servedBy'],
  thisServerId: string,
  waited: string | null = null,
): { who: string; role: string } {
  if (!servedBy) {
    return { who: 'Not served', role: waited === null ? '' : `waits for ${waited}` };
  }
  return {
    who: servedBy.id === thisServerId ? 'This server' : servedBy.name,
    role: servedBy.role,
  };
}

/** The same in one line, with the exact time. */
export function describeServing(servedBy: ServedBy, thisServerId: string): string {
  const { who, role } = describeServedBy(servedBy, thisServerId);
  return `${who} (${servedBy.name}), ${role} since ${formatExact(Date.parse(servedBy.since))}`;
}

export function describeBorrowing({ borrow, borrowedUnits }: LicenseDetail): string {
  if (borrow.maxDays === 0 || borrow.maxUnits === 0) return 'Not allowed by the vendor';
  const now = borrowedUnits === 0 ? 'none now' : `${formatCount(borrowedUnits, 'seat')} now`;
  const seats = formatCount(borrow.maxUnits, 'seat');
  return `Up to ${seats} for up to ${formatCount(borrow.maxDays, 'day')}; ${now}`;
}

/** Undefined: it is no trial. */
export function describeTrial({ trialDays, trialBegan }: LicenseDetail): string | undefined {
  if (trialDays === undefined) return undefined;
  const days = formatCount(trialDays, 'day');
  if (trialBegan === undefined) return `${days} from the first seat on; not begun yet`;
  return `${days} from the first seat on, which was granted ${formatExact(Date.parse(trialBegan))}`;
}

/** What else the vendor wrote into a licence, as `name: text`; undefined when nothing. */
export function describeMetadata({ metadata = {} }: LicenseDetail): string | undefined {
  const entries = Object.entries(metadata).map(([name, text]) => `${name}: ${text}`);
  return entries.length === 0 ? undefined : entries.join('; ');
}

export function describeTimeToLive({ ttlSeconds }: LicenseDetail): string {
  return `${describeLength(ttlSeconds * 1_000)} after the last sign of life of its holder`;
}

const redundancyWords: Record<LicenseDetail['redundancy'], string> = {
  none: 'Not granted: this licence stays on its own server',
  backup: 'Backup: two servers',
  triad: 'Triad: three servers',
  pool: 'Pool: up to eleven servers',
};

export function describeRedundancy({ redundancy, majorityRule }: LicenseDetail): string {
  const words = redundancyWords[redundancy];
  return redundancy !== 'none' && majorityRule ? `${words}, a majority must be up` : words;
}
