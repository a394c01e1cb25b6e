import { beforeEach, describe, expect, it } from 'vitest';
import { currentVersion } from '../../../src-main/node/core/ledger/ledger.ts';
import { deriveLicenseDetail } from '../../../src-main/node/core/ledger/license-view.ts';
import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import { CoreHost, grantedLease } from '../../support/core-host.ts';
import { serverId, vendor } from '../../support/records.ts';

const damage = 'What is kept of it is not what its vendor signed.';

let host: CoreHost;
beforeEach(() => {
  host = new CoreHost();
  host.answer({ type: 'vendorTrusted', vendor: { ...vendor, keyId: 'vendor-key' } });
});

function licenseOf(id = 'lic-cad'): InstalledLicense {
  const license = host.state.licenses.get(id);
  if (!license) throw new Error(`there is no licence ${id}`);
  return license;
}

/** As the disk or a peer brought it. */
function spoil(id?: string): InstalledLicense {
  const whole = licenseOf(id);
  host.state.licenses.set(whole.id, { ...whole, damage });
  host.state.licensesRevision++;
  return whole;
}

const refused = { type: 'refused', code: 'LS_LEADER_NOT_PRESENT' };

describe('a damaged licence', () => {
  it('grants and renews nothing, and leaves a seat to its holder until it runs out', () => {
    host.install({ units: 5, ttlSeconds: 60 });
    const lease = grantedLease(host.checkout({ instance: 'a' }));
    spoil();
    const asked = host.checkout({ instance: 'b' });
    expect(asked).toMatchObject({ ...refused, detail: expect.stringContaining(damage) });
    expect(host.checkout({ instance: 'a' })).toMatchObject(refused);
    host.pass(30_000);
    expect(host.renew(lease.id)).toMatchObject({
      ...refused,
      detail: expect.stringContaining('lic-cad is damaged'),
    });
    expect(host.state.leases.has(lease.id)).toBe(true);
    host.pass(40_000);
    expect(host.state.leases.has(lease.id)).toBe(false);
  });

  it('takes a seat back', () => {
    host.install({ units: 5 });
    const lease = grantedLease(host.checkout({ instance: 'a' }));
    spoil();
    expect(host.return(lease.id)).toMatchObject({ type: 'leaseEnded' });
    expect(host.state.leases.size).toBe(0);
  });

  it('does not keep another licence of the same feature from granting', () => {
    host.install({ id: 'one' }, { id: 'two' });
    spoil('one');
    expect(grantedLease(host.checkout({ instance: 'a' })).licenseId).toBe('two');
  });

  it('is shown as one that nobody serves, with the reason, and its end is not told', () => {
    host.install({ expires: '2026-03-10T00:00:00Z' });
    const whole = spoil();
    host.state.licenses.set(whole.id, { ...whole, damage, expiryToldDays: null });
    const told = host.eventKinds().length;
    host.pass(120_000);
    expect(host.eventKinds().slice(told)).toEqual([]);
    const servedBy = {
      id: 'x',
      name: 'X',
      role: 'primary',
      since: '2026-03-01T00:00:00Z',
    } as const;
    const detailsWith = (id: string) =>
      deriveLicenseDetail(host.state, licenseOf(), { ...servedBy, id });
    const damaged = { validity: 'damaged', damage };
    expect(detailsWith(serverId)).toMatchObject({ ...damaged, servedBy: null });
    expect(detailsWith('another')).toMatchObject({ ...damaged, servedBy: { id: 'another' } });
  });

  it('is whole again from its file, whatever it was said to be, but never goes back', () => {
    host.install({ serial: 2, units: 5 });
    const { versions } = spoil();
    const [version] = versions;
    if (!version) throw new Error('it has no version');
    const claim = { ...version, grant: { ...version.grant, units: 500 } };
    host.state.licenses.set('lic-cad', { ...licenseOf(), versions: [claim] });
    expect(host.install({ serial: 1, units: 9 })).toMatchObject({ code: 'LICENSE_SERIAL_OLDER' });
    expect(host.install({ serial: 2, units: 5 })).toMatchObject({
      changes: [{ kind: 'replace', warnings: [expect.stringContaining('damaged')] }],
    });
    const license = licenseOf();
    expect(license.damage).toBeUndefined();
    expect(license.versions.map(({ revision, grant }) => [revision, grant.units])).toEqual([
      [2, 5],
    ]);
    expect(host.checkout({ instance: 'a' })).toMatchObject({ type: 'leaseGranted' });
  });

  it('can be rolled back to a former version, and is left out of the history then', () => {
    host.install({ serial: 1, units: 5 });
    host.install({ serial: 2, units: 6 });
    spoil();
    const answer = host.answer({ type: 'rollbackRequested', licenseId: 'lic-cad' });
    expect(answer).toMatchObject({ type: 'licenseRolledBack' });
    const { versions, damage: left } = licenseOf();
    expect(left).toBeUndefined();
    expect(versions.map(({ revision, grant }) => [revision, grant.units])).toEqual([
      [1, 5],
      [3, 5],
    ]);
  });
});

describe('licences that are written down again', () => {
  it('replace what is damaged, with the seats that are out', () => {
    host.install({ units: 5 });
    const lease = grantedLease(host.checkout({ instance: 'a' }));
    const whole = spoil();
    const answer = host.answer({ type: 'licensesMended', licenses: [whole], vendors: [] });
    expect(answer).toEqual({ type: 'licensesMended' });
    expect(licenseOf()).toEqual(whole);
    expect(host.renew(lease.id)).toMatchObject({ type: 'leaseRenewed' });
    expect(host.licensesOnDisk().get('lic-cad')).toEqual(whole);
  });

  it('leave what is whole as it is, and bring no licence that is not here', () => {
    host.install({ units: 5 });
    const whole = licenseOf();
    const other = { ...whole, id: 'other' };
    const more = { ...whole, versions: [{ ...currentVersion(whole), revision: 9 }] };
    host.answer({ type: 'licensesMended', licenses: [more, other], vendors: [] });
    expect([...host.state.licenses.values()]).toEqual([whole]);
    expect(host.checkout({ instance: 'a' })).toMatchObject({ type: 'leaseGranted' });
  });

  it('bring the vendor that vouches for them', () => {
    host.install({});
    const lost = { ...vendor, keyId: 'lost' };
    host.answer({ type: 'licensesMended', licenses: [], vendors: [lost] });
    expect(host.state.vendors.get('lost')).toEqual(lost);
  });

  it('go under the feature that they have now', () => {
    host.install({ feature: 'cad' });
    const whole = licenseOf();
    const version = currentVersion(whole);
    const moved = { ...version, grant: { ...version.grant, feature: 'pdm' } };
    host.state.licenses.set(whole.id, { ...whole, damage });
    host.answer({
      type: 'licensesMended',
      licenses: [{ ...whole, versions: [moved] }],
      vendors: [],
    });
    expect(host.checkout({ feature: 'cad' })).toMatchObject({ code: 'LS_NO_SUCH_FEATURE' });
    expect(host.checkout({ feature: 'pdm' })).toMatchObject({ type: 'leaseGranted' });
  });
});
