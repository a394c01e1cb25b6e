import { beforeEach, describe, expect, it } from 'vitest';
import { leaseIdOf } from '../../../src-main/node/core/rows/lease-id.ts';
import { CoreHost, dayMs, grantedLease, serverId } from '../../support/core-host.ts';

let host: CoreHost;
beforeEach(() => {
  host = new CoreHost();
});

describe('checkout', () => {
  it('grants up to the units of the licence and refuses the next', () => {
    host.install({ units: 2 });
    grantedLease(host.checkout({ instance: 'a' }));
    grantedLease(host.checkout({ instance: 'b' }));
    expect(host.checkout({ instance: 'c' })).toMatchObject({
      type: 'refused',
      code: 'LS_INSUFFICIENTUNITS',
      detail: '2 of 2 units of lic-cad are in use, 0 free.',
    });
  });

  it('refuses more units than the licence has, even when all are free', () => {
    host.install({ units: 2 });
    expect(host.checkout({ units: 3 })).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
  });

  it('gives an instance that comes back its own seat', () => {
    host.install({ units: 5 });
    const first = grantedLease(host.checkout({ instance: 'a' }));
    const again = host.checkout({ instance: 'a' });
    expect(again).toMatchObject({ type: 'leaseGranted', created: false });
    expect(grantedLease(again).id).toBe(first.id);
    expect(host.state.leases.size).toBe(1);
  });

  it.each([undefined, 3])(
    'takes the same instance of another user or host for another holder (request %s)',
    (request) => {
      host.install({ units: 3 });
      const holder = { instance: 'a', user: 'ada', host: 'ws-1' };
      const ask = (client: typeof holder) =>
        grantedLease(host.checkout({ client, ...(request === undefined ? {} : { request }) }));
      const first = ask(holder);
      const others = [ask({ ...holder, user: 'bob' }), ask({ ...holder, host: 'ws-2' })];
      expect(new Set([first, ...others].map(({ id }) => id)).size).toBe(3);
      expect(host.state.leases.size).toBe(3);
      expect(ask(holder).id).toBe(first.id);
      host.return(others[0]?.id ?? '');
      expect(host.state.leases.has(first.id)).toBe(true);
    },
  );

  it('gives a repeated request number the same seat, which another server would give too', () => {
    host.install({ units: 5 });
    const first = grantedLease(host.checkout({ instance: 'a', request: 3 }));
    expect(grantedLease(host.checkout({ instance: 'a', request: 3 })).id).toBe(first.id);
    expect(first.id).toBe(leaseIdOf({ instance: 'a', user: 'ada', host: 'ws-1' }, 3, 'lic-cad'));
    expect(host.state.leases.size).toBe(1);
  });

  it('ends the seat of an earlier request when the instance asks with a higher number', () => {
    host.install({ units: 1 });
    const first = grantedLease(host.checkout({ instance: 'a', request: 3 }));
    const second = grantedLease(host.checkout({ instance: 'a', request: 4 }));
    expect([...host.state.leases.keys()]).toEqual([second.id]);
    expect(host.renew(first.id)).toMatchObject({ type: 'refused', code: 'LS_NO_SUCH_LEASE' });
  });

  it('refuses a request number that is lower than that of the seat, or whose seat has ended', () => {
    host.install({ units: 5 });
    const lease = grantedLease(host.checkout({ instance: 'a', request: 4 }));
    expect(host.checkout({ instance: 'a', request: 3 })).toMatchObject({ code: 'LS_BAD_REQUEST' });
    host.return(lease.id);
    expect(host.checkout({ instance: 'a', request: 4 })).toMatchObject({ code: 'LS_BAD_REQUEST' });
    grantedLease(host.checkout({ instance: 'a', request: 5 }));
  });

  it('does not tell an instance that it has more units than it holds', () => {
    host.install({ units: 5 });
    host.checkout({ instance: 'a', units: 1 });
    expect(host.checkout({ instance: 'a', units: 2 })).toMatchObject({ code: 'LS_BAD_REQUEST' });
  });

  it('tells a feature that is missing from a version that is too low', () => {
    host.install({ version: '2.0' });
    expect(host.checkout({ feature: 'cam' })).toMatchObject({
      code: 'LS_NO_SUCH_FEATURE',
      detail: 'This server has no licence for the feature "cam".',
    });
    expect(host.checkout({ feature: 'CAD' })).toMatchObject({
      detail: expect.stringContaining('Is "cad" meant?'),
    });
    expect(host.checkout({ version: '2.1' })).toMatchObject({
      code: 'LS_NO_SUCH_FEATURE',
      detail: 'This server has the feature "cad", but not at version 2.1 or higher.',
    });
    grantedLease(host.checkout({ version: '1.9.9' }));
  });

  it('passes over a licence whose maintenance ended before the release of the application', () => {
    host.install({ id: 'old', maintenanceUntil: '2026-01-01T00:00:00Z', expires: null });
    grantedLease(host.checkout({ released: '2025-12-31T23:59:59Z' }));
    grantedLease(host.checkout({}));
    expect(host.checkout({ released: '2026-01-01T00:00:00Z' })).toMatchObject({
      code: 'LS_NO_SUCH_FEATURE',
      detail: 'This server has the feature "cad", but not for versions released on 2026-01-01.',
    });
    host.install({ id: 'renewed', maintenanceUntil: '2027-01-01T00:00:00Z', expires: null });
    const { licenseId } = grantedLease(host.checkout({ released: '2026-06-01T00:00:00Z' }));
    expect(licenseId).toBe('renewed');
  });

  it('takes the lowest version that will do, then the next licence when that is full', () => {
    host.install({ id: 'v3', version: '3.0', units: 1 }, { id: 'v2', version: '2.0', units: 1 });
    expect(grantedLease(host.checkout({ instance: 'a' })).licenseId).toBe('v2');
    expect(grantedLease(host.checkout({ instance: 'b' })).licenseId).toBe('v3');
  });

  it('takes the licence that more servers may serve, before a lower version or an earlier end', () => {
    host.install(
      { id: 'alone', version: '1.0', units: 1, expires: '2026-04-01T00:00:00Z' },
      { id: 'elsewhere', version: '1.0', units: 1, redundancy: 'pool', servers: [serverId] },
      { id: 'protected', version: '2.0', units: 1, redundancy: 'backup' },
    );
    const { config } = host.state;
    const membership = { ...config.membership, members: [serverId, 'b'] };
    const paired = { ...config, version: config.version + 1, membership };
    const kind = 'relationshipCreated';
    host.answer({ type: 'configRequested', config: paired, message: 'Paired.', kind });
    const licenseOf = (instance: string) => grantedLease(host.checkout({ instance })).licenseId;
    expect(licenseOf('a')).toBe('protected');
    expect(licenseOf('b')).toBe('alone');
    expect(licenseOf('c')).toBe('elsewhere');
  });

  it('judges validity by the clock', () => {
    host.install({ notBefore: '2026-03-02T00:00:00Z', expires: '2026-03-03T00:00:00Z' });
    expect(host.checkout()).toMatchObject({ code: 'LS_LICENSE_NOT_STARTED' });
    host.suspend(dayMs);
    grantedLease(host.checkout());
    host.suspend(dayMs);
    expect(host.checkout({ instance: 'b' })).toMatchObject({ code: 'LS_LICENSE_EXPIRED' });
  });
});

describe('the life of a lease', () => {
  it('ends when it is not renewed within its time-to-live', () => {
    host.install({ ttlSeconds: 60 });
    const { id } = grantedLease(host.checkout());
    host.pass(59_000);
    expect(host.renew(id)).toMatchObject({ type: 'leaseRenewed' });
    host.pass(59_500);
    expect(host.state.leases.has(id)).toBe(true);
    host.pass(1_000);
    expect(host.state.leases.has(id)).toBe(false);
    expect(host.renew(id)).toMatchObject({ code: 'LS_NO_SUCH_LEASE' });
    expect(host.usage()).toMatchObject([{ kind: 'session', leaseId: id, end: 'expired' }]);
  });

  it('is not shortened by a suspension of the server', () => {
    host.install({ ttlSeconds: 60 });
    const { id } = grantedLease(host.checkout());
    host.pass(30_000);
    host.suspend(3_600_000);
    host.pass(29_000);
    expect(host.state.leases.has(id)).toBe(true);
    expect(host.eventKinds()).toContain('serverSuspended');
    host.pass(2_000);
    expect(host.state.leases.has(id)).toBe(false);
  });

  it('is full again after a restart', () => {
    host.install({ ttlSeconds: 60 });
    const { id } = grantedLease(host.checkout());
    host.pass(59_000);
    host.crash();
    host.pass(59_000);
    expect(host.renew(id)).toMatchObject({ type: 'leaseRenewed' });
  });

  it('ends with its licence: no new lease, no renewal, but no seat is taken early', () => {
    host.install({ expires: '2026-03-01T09:00:00Z', ttlSeconds: 600 });
    host.pass(3_590_000);
    const { id } = grantedLease(host.checkout());
    host.pass(20_000);
    expect(host.renew(id)).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
    expect(host.state.leases.has(id)).toBe(true);
    host.pass(600_000);
    expect(host.state.leases.has(id)).toBe(false);
  });

  it('can be returned twice', () => {
    host.install({});
    const { id } = grantedLease(host.checkout());
    expect(host.return(id)).toEqual({ type: 'leaseEnded' });
    expect(host.return(id)).toEqual({ type: 'leaseEnded' });
    expect(host.usage()).toHaveLength(1);
  });

  it('ends when an admin releases it, and the timeline says who held it', () => {
    host.install({});
    const { id } = grantedLease(host.checkout());
    expect(host.release(id)).toEqual({ type: 'leaseEnded' });
    expect(host.release(id)).toMatchObject({ type: 'adminRefused', code: 'NO_SUCH_LEASE' });
    expect(host.disk.history.events.at(-1)).toMatchObject({
      kind: 'leaseReleased',
      message: 'An admin released 1 seat of cad held by ada on ws-1.',
    });
  });

  it('outlives a clock that is set back, and an expired licence is not revived', () => {
    host.install({ expires: '2026-03-01T09:00:00Z' });
    host.pass(3_700_000);
    host.wallMs -= 7_200_000;
    expect(host.checkout()).toMatchObject({ code: 'LS_LICENSE_EXPIRED' });
    expect(host.eventKinds().filter((kind) => kind === 'clockSetBack')).toHaveLength(1);
  });
});

describe('borrowing', () => {
  const until = (days: number) => new Date(host.wallMs + days * dayMs).toISOString();
  const borrow = { maxDays: 7, maxUnits: 1 };

  it('keeps a lease to its end without renewal', () => {
    host.install({ borrow });
    const lease = grantedLease(host.checkout({ borrowUntil: until(1) }));
    host.pass(7_200_000);
    host.crash();
    expect(host.state.leases.has(lease.id)).toBe(true);
    host.suspend(dayMs);
    host.pass(500);
    expect(host.state.leases.has(lease.id)).toBe(false);
    expect(host.usage()).toMatchObject([{ borrowed: true, end: 'expired' }]);
  });

  it.each([
    ['a licence that does not allow it', { maxDays: 0, maxUnits: 0 }, 1],
    ['longer than allowed', borrow, 8],
    ['an end in the past', borrow, -1],
  ])('refuses %s', (_, rule, days) => {
    host.install({ borrow: rule });
    expect(host.checkout({ borrowUntil: until(days) })).toMatchObject({
      code: 'LS_BORROW_NOT_ALLOWED',
    });
  });

  it('refuses more units than may be borrowed, and an end after the licence', () => {
    host.install({ borrow, units: 5, expires: until(3) });
    expect(host.checkout({ borrowUntil: until(4) })).toMatchObject({
      code: 'LS_BORROW_NOT_ALLOWED',
    });
    grantedLease(host.checkout({ instance: 'a', borrowUntil: until(1) }));
    expect(host.checkout({ instance: 'b', borrowUntil: until(1) })).toMatchObject({
      code: 'LS_BORROW_NOT_ALLOWED',
    });
  });

  it('turns the seat that an instance holds into a borrowed one', () => {
    host.install({ borrow });
    const held = grantedLease(host.checkout());
    const borrowed = grantedLease(host.checkout({ borrowUntil: until(2) }));
    expect(borrowed.id).toBe(held.id);
    host.pass(120_000);
    expect(host.state.leases.get(held.id)?.borrowUntilMs).toBe(borrowed.borrowUntilMs);
    expect(host.renew(held.id)).toMatchObject({ terms: { endsAtMs: borrowed.borrowUntilMs } });
  });

  it('can be returned early', () => {
    host.install({ borrow });
    const { id } = grantedLease(host.checkout({ borrowUntil: until(2) }));
    host.return(id);
    expect(host.usage()).toMatchObject([{ end: 'returned', borrowed: true }]);
    grantedLease(host.checkout({ instance: 'b', borrowUntil: until(2) }));
  });
});

describe('a full licence', () => {
  it('is told once, and again only after a minute with a free seat', () => {
    host.install({ units: 1, ttlSeconds: 86_400 });
    const fullCount = () => host.eventKinds().filter((kind) => kind === 'seatsExhausted').length;
    for (let i = 0; i < 10; i++) {
      const { id } = grantedLease(host.checkout());
      host.return(id);
    }
    expect(fullCount()).toBe(1);
    host.pass(61_000);
    expect(host.eventKinds()).toContain('seatsAvailable');
    host.checkout();
    expect(fullCount()).toBe(2);
  });
});

describe('a bug in a step', () => {
  it('leaves the ledger as it was before', () => {
    host.install({ units: 2 });
    const { id } = grantedLease(host.checkout({ instance: 'a' }));
    const reused = () =>
      host.request((requestId) => ({
        type: 'checkoutRequested',
        requestId,
        leaseId: id,
        request: { feature: 'cad', units: 1, client: { instance: 'b', user: 'u', host: 'h' } },
      }));
    expect(reused).toThrow('is used twice');
    expect([...host.state.leases.keys()]).toEqual([id]);
    grantedLease(host.checkout({ instance: 'b' }));
  });
});
