import type { AdminArguments, AdminResult } from '../../../../src-shared/contract/admin.ts';
import type { LeaseSort } from '../../../../src-shared/contract/records.ts';
import type { Lease, ListedLease } from '../../../../src-shared/model/lease.ts';
import { formatInstant } from '../../../../src-shared/model/scalars.ts';
import { remainingMs } from './lease-clock.ts';
import type { LedgerState } from './ledger.ts';

type Query = AdminArguments<'lease.list'>;

/** A lease and the ledger that it is in. */
interface Held {
  state: LedgerState;
  lease: Lease;
}

/** One page of the leases of all ledgers that match, and how many match in all. */
export function deriveLeasePage(
  states: readonly LedgerState[],
  query: Query,
  nowMs: number,
): AdminResult<'lease.list'> {
  const matches = makeFilter(query);
  const matching: Held[] = [];
  for (const state of states) {
    for (const lease of state.leases.values()) if (matches(lease)) matching.push({ state, lease });
  }
  sortLeases(matching, query.sort, nowMs);
  if (query.descending) matching.reverse();
  const page = matching.slice(query.offset, query.offset + query.limit);
  return {
    leases: page.map(({ state, lease }) => deriveListedLease(state, lease, nowMs)),
    total: matching.length,
  };
}

export function deriveListedLease(state: LedgerState, lease: Lease, nowMs: number): ListedLease {
  return {
    id: lease.id,
    license: lease.licenseId,
    product: lease.product,
    feature: lease.feature,
    units: lease.units,
    holder: lease.holder,
    grantedAt: formatInstant(lease.grantedAtMs),
    expiresAt: formatInstant(endMs(state, lease, nowMs)),
    ...(lease.borrowUntilMs === null ? {} : { borrowUntil: formatInstant(lease.borrowUntilMs) }),
  };
}

function endMs(state: LedgerState, lease: Lease, nowMs: number): number {
  return lease.borrowUntilMs ?? nowMs + (remainingMs(state.clock, lease.id) ?? 0);
}

function makeFilter(query: Query): (lease: Lease) => boolean {
  const wanted = query.search.toLowerCase();
  return (lease) => {
    if (query.license !== undefined && lease.licenseId !== query.license) return false;
    if (query.borrowedOnly && lease.borrowUntilMs === null) return false;
    if (wanted === '') return true;
    const { user, host, app = '' } = lease.holder;
    return [user, host, app, lease.feature, lease.id].some((text) =>
      text.toLowerCase().includes(wanted),
    );
  };
}

/** Longer runs of digits are names of their own and no numbers. */
const numberDigitsMax = 15;

/** Texts in the order of their keys are in the order in which people read them: `ws-2` before `ws-10`. */
function naturalKey(text: string): string {
  return text.toLowerCase().replaceAll(/\d+/g, (digits) => digits.padStart(numberDigitsMax, '0'));
}

/** Sorts in rising order; equal ones stay in the order in which they were granted. */
function sortLeases(held: Held[], sort: LeaseSort, nowMs: number): void {
  const byText = (textOf: (lease: Lease) => string) => {
    const keys = new Map(held.map((one) => [one, naturalKey(textOf(one.lease))]));
    const keyOf = (one: Held) => keys.get(one) ?? '';
    held.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
  };
  switch (sort) {
    case 'grantedAt':
      held.sort((a, b) => a.lease.grantedAtMs - b.lease.grantedAtMs);
      return;
    case 'expiresAt': {
      const ends = new Map(held.map((one) => [one, endMs(one.state, one.lease, nowMs)]));
      held.sort((a, b) => (ends.get(a) ?? 0) - (ends.get(b) ?? 0));
      return;
    }
    case 'user':
      byText((lease) => lease.holder.user);
      return;
    case 'host':
      byText((lease) => lease.holder.host);
      return;
    case 'feature':
      byText((lease) => lease.feature);
      return;
  }
}
