import { beforeEach, expect, it } from 'vitest';
import { deriveLicenseDetail } from '../../../src-main/node/core/ledger/license-view.ts';
import { licenseGrantSchema } from '../../../src-shared/model/license.ts';
import {
  CoreHost,
  dayMs,
  grantedLease,
  makeGrant,
  proofOf,
  serverId,
  startMs,
} from '../../support/core-host.ts';

const trial = { trialDays: 10, servers: [serverId], borrow: { maxDays: 30, maxUnits: 2 } };

let host: CoreHost;
beforeEach(() => {
  host = new CoreHost();
  host.install(trial);
});

function detail() {
  const license = host.state.licenses.get('lic-cad');
  if (!license) throw new Error('it is not installed');
  return deriveLicenseDetail(host.state, license, null);
}

/** Days in which nobody asks for anything. */
function passDays(days: number): void {
  host.suspend(days * dayMs);
  host.pass(2_000);
}

it('runs from its first seat on, however long it was installed before', () => {
  passDays(100);
  expect(detail()).toMatchObject({ expires: null, validity: 'valid', trialDays: 10 });
  expect(detail()).not.toHaveProperty('trialBegan');
  const beganMs = startMs + 100 * dayMs;
  grantedLease(host.checkout({ instance: 'first' }));
  const began = Date.parse(detail().trialBegan ?? '');
  expect(Math.abs(began - beganMs)).toBeLessThan(10_000);
  expect(detail()).toMatchObject({ validity: 'expiring' });
  expect(Date.parse(detail().expires ?? '')).toBe(began + 10 * dayMs);
  expect(host.eventKinds()).toContain('licenseStarted');
  passDays(5);
  grantedLease(host.checkout({ instance: 'second' }));
  expect(Date.parse(detail().trialBegan ?? '')).toBe(began);
  passDays(5);
  expect(detail().validity).toBe('expired');
  expect(host.checkout({ instance: 'third' })).toMatchObject({ code: 'LS_LICENSE_EXPIRED' });
});

it('is not begun by a request that is refused, and is begun after a kill as before', () => {
  expect(host.checkout({ units: 3 })).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
  expect(detail()).not.toHaveProperty('trialBegan');
  grantedLease(host.checkout({}));
  const { trialBegan } = detail();
  host.crash();
  expect(detail().trialBegan).toBe(trialBegan);
});

it('is not begun by a seat that the disk did not take', () => {
  host.holdWrites = true;
  host.request((requestId) => ({
    type: 'checkoutRequested',
    requestId,
    leaseId: host.nextLeaseId(),
    request: { feature: 'cad', units: 1, client: { instance: 'i', user: 'u', host: 'h' } },
  }));
  host.failWrites();
  expect(detail()).not.toHaveProperty('trialBegan');
});

it('does not begin anew by a removal, a later serial, a roll-back or a clock that goes back', () => {
  grantedLease(host.checkout({}));
  const { trialBegan } = detail();
  const removed = host.answer({ type: 'removalRequested', licenseId: 'lic-cad' });
  expect(removed).toMatchObject({ code: 'LICENSE_TRIAL_BEGUN' });
  host.install({ ...trial, serial: 2, trialDays: 20 });
  expect(detail()).toMatchObject({ trialBegan, trialDays: 20 });
  expect(Date.parse(detail().expires ?? '')).toBe(Date.parse(trialBegan ?? '') + 20 * dayMs);
  passDays(15);
  host.wallMs -= 15 * dayMs;
  grantedLease(host.checkout({ instance: 'other' }));
  expect(detail().trialBegan).toBe(trialBegan);
  host.wallMs += 15 * dayMs;
  passDays(6);
  expect(detail().validity).toBe('expired');
  host.install({ ...trial, serial: 3, trialDays: undefined });
  expect(detail()).toMatchObject({ validity: 'valid', expires: null });
});

it('lends nothing beyond its end, also before it has begun', () => {
  const until = (days: number) => new Date(startMs + days * dayMs).toISOString();
  expect(host.checkout({ borrowUntil: until(11) })).toMatchObject({
    code: 'LS_BORROW_NOT_ALLOWED',
  });
  expect(detail()).not.toHaveProperty('trialBegan');
  grantedLease(host.checkout({ borrowUntil: until(9) }));
  expect(detail()).toHaveProperty('trialBegan');
});

it('is begun by a seat that another server granted, when that was', () => {
  const elsewhere = new CoreHost();
  elsewhere.install(trial);
  const proof = proofOf(elsewhere.checkout({}));
  host.pass(20_000);
  host.renew(proof.lease.id, proof);
  expect(host.state.leases.has(proof.lease.id)).toBe(true);
  expect(detail().trialBegan).toBe(new Date(proof.lease.grantedAtMs).toISOString());
});

it('is given out after a licence that is none', () => {
  host.install({ id: 'full', version: '9.0', units: 1 });
  expect(grantedLease(host.checkout({ instance: 'a' })).licenseId).toBe('full');
  expect(detail()).not.toHaveProperty('trialBegan');
  expect(grantedLease(host.checkout({ instance: 'b' })).licenseId).toBe('lic-cad');
});

it('has to name its servers', () => {
  const parsed = licenseGrantSchema.safeParse(makeGrant({ ...trial, servers: [] }));
  expect(parsed.error?.issues[0]?.path).toEqual(['servers']);
});
