import { beforeEach, describe, expect, it } from 'vitest';
import { apartAtOnceMax } from '../../../src-main/node/core/ledger/denials.ts';
import { CoreHost, grantedLease } from '../../support/core-host.ts';

let host: CoreHost;
beforeEach(() => {
  host = new CoreHost();
});

describe('denials', () => {
  it('are joined within a minute: a record of the first, and one of the others', () => {
    host.install({ units: 1 });
    const { id } = grantedLease(host.checkout({ instance: 'a' }));
    for (let i = 0; i < 5; i++) host.checkout({ instance: 'b' });
    host.renew(id);
    host.pass(30_000);
    host.renew(id);
    host.pass(31_000);
    host.checkout({ instance: 'b' });
    expect(host.usage()).toMatchObject([
      { kind: 'denial', code: 'LS_INSUFFICIENTUNITS', count: 1, user: 'ada' },
      { kind: 'denial', code: 'LS_INSUFFICIENTUNITS', count: 4, user: 'ada' },
      { kind: 'denial', count: 1 },
    ]);
  });

  it('are written down at an orderly stop', () => {
    host.checkout({});
    host.checkout({});
    host.leave();
    expect(host.usage()).toMatchObject([
      { kind: 'denial', code: 'LS_NO_SUCH_FEATURE', count: 1 },
      { kind: 'denial', code: 'LS_NO_SUCH_FEATURE', count: 1 },
    ]);
  });

  const ask = (user: number, more: { feature?: string; host?: string } = {}) => {
    const { feature = 'cad', host: from = `pc-${user % 7}` } = more;
    const client = { instance: `i-${user}`, user: `user-${user}`, host: from };
    return host.checkout({ feature, client });
  };
  const denials = () => host.usage().filter((record) => record.kind === 'denial');

  it('of a licence beyond a rate are one record with their count, users and hosts', () => {
    host.install({ units: 1, ttlSeconds: 86_400 });
    grantedLease(host.checkout({ instance: 'a' }));
    for (let user = 0; user < 10_000; user++) ask(user);
    expect(denials()).toHaveLength(apartAtOnceMax);
    host.pass(61_000);
    const [together, ...more] = denials().slice(apartAtOnceMax);
    expect(more).toEqual([]);
    expect(together).toMatchObject({
      ...{ licenseId: 'lic-cad', feature: 'cad', code: 'LS_INSUFFICIENTUNITS', user: '', host: '' },
      count: 10_000 - apartAtOnceMax,
      together: { users: 1_000, hosts: 7, features: 1 },
    });
    expect(host.state.deniedCountByLicense.get('lic-cad')).toBe(10_000);
  });

  it('are all counted, and recorded at a bounded rate, as long as they go on', () => {
    host.install({ units: 1, ttlSeconds: 86_400 });
    grantedLease(host.checkout({ instance: 'a' }));
    const minutes = 10;
    for (let second = 0; second < minutes * 60; second++) {
      for (let n = 0; n < 20; n++) ask(second * 20 + n);
      host.pass(1_000);
    }
    host.pass(61_000);
    const counted = denials().reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(minutes * 60 * 20);
    expect(denials().length).toBeLessThanOrEqual(apartAtOnceMax + minutes * 21 + 1);
  });

  it('of features that nobody has are joined as well, under whatever name', () => {
    for (let n = 0; n < 500; n++) ask(0, { feature: `feature-${n}` });
    host.leave();
    const last = denials().at(-1);
    expect(denials()).toHaveLength(apartAtOnceMax + 1);
    expect(last).toMatchObject({ feature: `feature-${apartAtOnceMax}`, user: '' });
    expect(last?.together).toEqual({ users: 1, hosts: 1, features: 500 - apartAtOnceMax });
  });

  it('of one person beyond the rate still say who it was', () => {
    host.install({ units: 1 }, { id: 'lic-sim', feature: 'sim', units: 1 });
    grantedLease(host.checkout({ instance: 'a' }));
    for (let user = 0; user < apartAtOnceMax; user++) ask(user);
    ask(777);
    ask(777);
    host.leave();
    expect(denials().at(-1)).toMatchObject({ user: 'user-777', host: 'pc-0', count: 2 });
    expect(denials().at(-1)).not.toHaveProperty('together');
  });

  it('of one licence leave those of another one apart', () => {
    host.install({ units: 1 }, { id: 'lic-sim', feature: 'sim', units: 1 });
    grantedLease(host.checkout({ instance: 'a' }));
    grantedLease(host.checkout({ instance: 'a', feature: 'sim' }));
    for (let user = 0; user < 200; user++) ask(user);
    ask(1, { feature: 'sim' });
    expect(denials().at(-1)).toMatchObject({ licenseId: 'lic-sim', user: 'user-1', count: 1 });
  });

  it('are recorded apart again when the rate is back to normal', () => {
    host.install({ units: 1, ttlSeconds: 86_400 });
    grantedLease(host.checkout({ instance: 'a' }));
    for (let user = 0; user < 200; user++) ask(user);
    host.pass(10 * 60_000);
    expect(host.state.denialReasons.size).toBe(0);
    ask(500);
    expect(denials().at(-1)).toMatchObject({ user: 'user-500', count: 1 });
  });
});
