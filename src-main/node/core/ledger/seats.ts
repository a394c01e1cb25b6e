import type { HolderIdentity, Lease } from '../../../../src-shared/model/lease.ts';
import type { LedgerState } from './ledger.ts';

/** The identity of a seat: one running client has one lease of a licence. */
export function seatKey({ instance, user, host }: HolderIdentity, licenseId: string): string {
  return [instance, user, host, licenseId].join('\u0000');
}

/**
 * Leases of one seat, the one granted last first; more than one only for a while after members were united.
 * Its instance asked for that one because it had no other, as far as it knew.
 */
export function leasesOfSeat(
  { leaseIdBySeat, furtherLeases, leases }: LedgerState,
  holder: HolderIdentity,
  licenseId: string,
): Lease[] {
  const seat = seatKey(holder, licenseId);
  const newest = leaseIdBySeat.get(seat);
  if (newest === undefined) return [];
  const ids = [newest, ...(furtherLeases.get(seat) ?? [])];
  return ids.flatMap((id) => leases.get(id) ?? []).sort((a, b) => b.grantedAtMs - a.grantedAtMs);
}

/** Leases of seats that have more than one now. */
export function leasesBesideOthers({ leaseIdBySeat, furtherLeases, leases }: LedgerState): Lease[] {
  return [...furtherLeases].flatMap(([seat, further]) =>
    [...further, leaseIdBySeat.get(seat) ?? ''].flatMap((id) => leases.get(id) ?? []),
  );
}

/**
 * The lease of the highest numbered request that an instance has of the same licence, when that is above
 * the one of this lease. An instance that asks with a higher number says that it holds none of an earlier
 * one (docs/client-api.md), whichever server it asks.
 */
export function laterLease(state: LedgerState, lease: Lease): Lease | undefined {
  const number = lease.request;
  if (number === undefined) return undefined;
  return leasesOfSeat(state, lease.holder, lease.licenseId)
    .filter(({ request }) => request !== undefined && request > number)
    .sort((a, b) => (b.request ?? 0) - (a.request ?? 0))[0];
}
