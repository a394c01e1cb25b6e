import { describe, expect, it } from 'vitest';
import { leaseIdOf } from '../../src-main/node/core/rows/lease-id.ts';
import type { ListedLease } from '../../src-shared/model/lease.ts';
import { LeaseAccount } from './lease-account.ts';

const client = { instance: 'i', user: 'anna', host: 'pc-1' };

function listed(request: number, holder = client): ListedLease {
  const id = leaseIdOf(holder, request, 'cad');
  const at = '2026-03-01T08:00:00Z';
  const kind = { license: 'cad', product: 'Suite', feature: 'cad', units: 1 };
  return { id, ...kind, holder, grantedAt: at, expiresAt: at };
}

/** A request for a seat that was denied; `isRetry`: another server was asked before, and lost. */
function deny(account: LeaseAccount, isRetry: boolean): number {
  const number = account.beginCheckout(client.instance);
  account.noteDenied(client.instance, isRetry);
  return number;
}

describe('what a server has beyond what clients know', () => {
  it('is no fault when a server was lost that may have granted it before it was denied', () => {
    const account = new LeaseAccount(1);
    const other = { ...client, instance: 'j' };
    const number = account.beginCheckout(other.instance);
    account.noteGranted(other.instance, leaseIdOf(other, number, 'cad'), true);
    account.compare([listed(deny(account, true)), listed(number, other)], []);
    expect(account.violations).toEqual([]);
    // Nobody was told of it, so its instance asks with the next number.
    expect(account.beginCheckout(client.instance)).toBe(number + 1);
  });

  it('is one when it was denied by the only server that was asked', () => {
    const account = new LeaseAccount(1);
    const number = deny(account, false);
    account.compare([listed(number)], []);
    expect(account.violations).toEqual([`nobody asked for ${listed(number).id} (i)`]);
  });

  it('is one when its instance has a seat of a later request as well', () => {
    const account = new LeaseAccount(2);
    const first = deny(account, true);
    const second = account.beginCheckout(client.instance);
    account.noteGranted(client.instance, listed(second).id, true);
    account.compare([listed(first), listed(second)], []);
    expect(account.violations).toEqual(['i has two leases']);
  });
});
