import { beforeEach, describe, expect, it } from 'vitest';
import { beginDraft } from '../../../src-main/node/core/ledger/draft.ts';
import { describeImport } from '../../../src-main/node/core/ledger/license-diff.ts';
import { deriveLicenseDetail } from '../../../src-main/node/core/ledger/license-view.ts';
import { currentGrant } from '../../../src-main/node/core/ledger/ledger.ts';
import { compareRows } from '../../../src-main/node/core/rows/compare-rows.ts';
import {
  CoreHost,
  dayMs,
  demoVendorKeyId,
  grantedLease,
  makeVerified,
  serverId,
} from '../../support/core-host.ts';

let host: CoreHost;
beforeEach(() => {
  host = new CoreHost();
  host.answer({
    type: 'vendorTrusted',
    vendor: {
      keyId: 'vendor-key',
      vendor: 'Acme',
      publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) },
      trustedAtMs: 0,
      demo: false,
    },
  });
});

const units = () => {
  const license = host.state.licenses.get('lic-cad');
  return license && currentGrant(license).units;
};

describe('an import', () => {
  it('replaces by a higher serial and says what changed', () => {
    host.install({ serial: 1, units: 2 });
    expect(host.install({ serial: 2, units: 5 })).toMatchObject({
      changes: [
        {
          kind: 'replace',
          fields: [
            { field: 'units', from: '2', to: '5' },
            { field: 'serial', from: '1', to: '2' },
          ],
        },
      ],
    });
    expect(units()).toBe(5);
    expect(host.disk.history.events.at(-1)).toMatchObject({
      message: 'Licence lic-cad was replaced by serial 2: seats from 2 to 5.',
    });
  });

  it('says of a new licence what it grants', () => {
    const answer = host.install({ serial: 1, units: 5, expires: null });
    expect(answer).toMatchObject({ changes: [{ kind: 'new' }] });
    if (!('changes' in answer)) throw new Error('refused');
    expect(answer.changes[0]?.fields).toEqual(
      expect.arrayContaining([
        { field: 'units', from: '', to: '5' },
        { field: 'expires', from: '', to: 'none' },
      ]),
    );
  });

  it('shows the redundancy of a new licence, and warns when a new version takes it away', () => {
    const first = host.install({ serial: 1, redundancy: 'pool' });
    if (!('changes' in first)) throw new Error('refused');
    expect(first.changes[0]?.fields).toContainEqual({ field: 'redundancy', from: '', to: 'pool' });
    expect(first.changes[0]?.warnings).toEqual([]);
    expect(host.install({ serial: 2, redundancy: 'backup' })).toMatchObject({
      changes: [
        { warnings: ['This version grants less redundancy: backup in the place of pool.'] },
      ],
    });
    expect(host.install({ serial: 3, redundancy: 'triad' })).toMatchObject({
      changes: [{ warnings: [] }],
    });
    expect(host.install({ serial: 4, redundancy: 'none' })).toMatchObject({
      changes: [{ warnings: ['This version grants less redundancy: none in the place of triad.'] }],
    });
  });

  it('warns that a standby would no longer take over, by redundancy or by the servers named', () => {
    host.install({ serial: 1, redundancy: 'backup', servers: [] });
    const standby = 'b'.repeat(64);
    const { config } = host.state;
    host.state.config = {
      ...config,
      membership: { ...config.membership, members: [serverId, standby] },
    };
    const warningsOf = (grant: Parameters<CoreHost['install']>[0]) =>
      describeImport(beginDraft(host.state), makeVerified({ serial: 2, ...grant })).warnings;
    const ends = [expect.stringContaining('fails, no other server takes the licence over.')];
    expect(warningsOf({ redundancy: 'none' })).toEqual(ends);
    expect(warningsOf({ redundancy: 'backup', servers: [serverId] })).toEqual(ends);
    expect(warningsOf({ redundancy: 'backup', servers: [serverId, standby] })).toEqual([]);
  });

  it('says for whom it is, and shows it to the admin', () => {
    const metadata = { site: 'Oslo', contact: 'ann' };
    const answer = host.install({ serial: 1, customer: 'Ann Inc', orderNumber: 'A-1', metadata });
    if (!('changes' in answer)) throw new Error('refused');
    expect(answer.changes[0]?.fields).toEqual(
      expect.arrayContaining([
        { field: 'customer', from: '', to: 'Ann Inc' },
        { field: 'orderNumber', from: '', to: 'A-1' },
        { field: 'metadata', from: '', to: 'site=Oslo, contact=ann' },
      ]),
    );
    const license = host.state.licenses.get('lic-cad');
    if (!license) throw new Error('not installed');
    const detail = deriveLicenseDetail(host.state, license, null);
    expect(detail).toMatchObject({ customer: 'Ann Inc', orderNumber: 'A-1', metadata });
    expect(host.install({ serial: 2, customer: 'Bob Ltd', orderNumber: 'A-1' })).toMatchObject({
      changes: [
        {
          fields: [
            { field: 'customer', from: 'Ann Inc', to: 'Bob Ltd' },
            { field: 'metadata', from: 'site=Oslo, contact=ann', to: 'none' },
            { field: 'serial', from: '1', to: '2' },
          ],
        },
      ],
    });
  });

  it('never goes back to a lower serial', () => {
    host.install({ serial: 2, units: 5 });
    expect(host.install({ serial: 1, units: 9 })).toMatchObject({ code: 'LICENSE_SERIAL_OLDER' });
    expect(units()).toBe(5);
    expect(host.eventKinds()).toContain('licenseRefused');
  });

  it('changes nothing when the same licence comes again, and refuses a reused serial', () => {
    host.install({ serial: 1, units: 5 });
    expect(host.install({ serial: 1, units: 5 })).toMatchObject({ changes: [{ kind: 'same' }] });
    expect(host.install({ serial: 1, units: 6 })).toMatchObject({ code: 'LICENSE_SERIAL_REUSED' });
    expect(host.state.licenses.get('lic-cad')?.versions).toHaveLength(1);
  });

  it('lets no second key of the same name replace a licence, unless the first vouches for it', () => {
    host.install({ serial: 1, units: 5 });
    const second = { ...makeVerified({ serial: 2, units: 99 }), vendorKeyId: 'second-key' };
    const bring = (formerKeyIds: string[]) =>
      host.answer({
        type: 'licensesImported',
        licenses: [{ ...second, formerKeyIds }],
        fileName: 'second.lic',
        dryRun: false,
      });
    expect(bring([])).toMatchObject({ code: 'LICENSE_OTHER_VENDOR' });
    expect(bring(['third-key'])).toMatchObject({ code: 'LICENSE_OTHER_VENDOR' });
    expect(units()).toBe(5);
    expect(bring(['vendor-key'])).toMatchObject({ changes: [{ kind: 'replace' }] });
    expect(units()).toBe(99);
    expect(host.install({ serial: 3, units: 5 })).toMatchObject({ code: 'LICENSE_OTHER_VENDOR' });
  });

  it('takes a revocation: nothing is granted or renewed, and there is no way back to before', () => {
    host.install({ serial: 1, units: 5 });
    const { id } = grantedLease(host.checkout());
    const revoked = '2026-02-01T00:00:00Z';
    const expired = '2026-02-02T00:00:00Z';
    const taken = { serial: 2, units: 5, revoked, expires: expired, servers: ['ab'.repeat(32)] };
    expect(host.install(taken)).toMatchObject({
      changes: [{ kind: 'replace', warnings: [expect.stringContaining('has revoked')] }],
    });
    expect(host.checkout({ instance: 'b' })).toMatchObject({ code: 'LS_ACCESS_DENIED' });
    expect(host.renew(id)).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
    const code = 'LICENSE_REVOKED';
    expect(host.answer({ type: 'rollbackRequested', licenseId: 'lic-cad' })).toMatchObject({
      code,
    });
    expect(host.answer({ type: 'removalRequested', licenseId: 'lic-cad' })).toMatchObject({ code });
    expect(host.install({ serial: 1, units: 5 })).toMatchObject({ code: 'LICENSE_SERIAL_OLDER' });
    host.install({ serial: 3, units: 5 });
    grantedLease(host.checkout({ instance: 'b' }));
  });

  it('lets no other vendor replace a licence', () => {
    host.install({ serial: 1, vendor: 'Acme' });
    expect(host.install({ serial: 2, vendor: 'Other' })).toMatchObject({
      code: 'LICENSE_OTHER_VENDOR',
    });
  });

  it('installs all licences of a file or none', () => {
    const reply = host.install(
      { id: 'good' },
      { id: 'bad', expires: '2025-01-01T00:00:00Z' },
      { id: 'other' },
    );
    expect(reply).toMatchObject({ type: 'adminRefused', code: 'LICENSE_ALREADY_EXPIRED' });
    expect(host.state.licenses.size).toBe(0);
  });

  it('refuses a licence that is bound to other servers', () => {
    expect(host.install({ servers: ['b2'.repeat(32)] })).toMatchObject({
      code: 'LICENSE_OTHER_SERVER',
    });
    expect(host.install({ servers: [serverId] })).toMatchObject({ changes: [{ kind: 'new' }] });
  });

  it('only says what it would do when asked to', () => {
    const reply = host.answer({
      type: 'licensesImported',
      licenses: [makeVerified(), makeVerified({ id: 'old', expires: '2025-01-01T00:00:00Z' })],
      fileName: 'f.lic',
      dryRun: true,
    });
    expect(reply).toMatchObject({
      changes: [{ kind: 'new' }, { kind: 'refused', refusal: { code: 'LICENSE_ALREADY_EXPIRED' } }],
    });
    expect(host.state.licenses.size).toBe(0);
    expect(host.eventKinds()).not.toContain('licenseRefused');
  });

  it('keeps every holder when the new version has fewer units, and grants none until below', () => {
    host.install({ serial: 1, units: 3 });
    const leases = ['a', 'b', 'c'].map((instance) => grantedLease(host.checkout({ instance })));
    const reply = host.install({ serial: 2, units: 1 });
    expect(reply).toMatchObject({ changes: [{ warnings: [expect.stringContaining('3 seats')] }] });
    expect(host.state.leases.size).toBe(3);
    leases.forEach(({ id }) => expect(host.renew(id)).toMatchObject({ type: 'leaseRenewed' }));
    expect(host.checkout({ instance: 'd' })).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
    leases.forEach(({ id }) => host.return(id));
    grantedLease(host.checkout({ instance: 'd' }));
  });

  it('marks licences of the demo vendor', () => {
    const license = { ...makeVerified(), vendorKeyId: demoVendorKeyId };
    const reply = host.answer({
      type: 'licensesImported',
      licenses: [license],
      fileName: 'demo',
      dryRun: false,
    });
    expect(reply).toMatchObject({ changes: [{ demo: true }] });
  });
});

describe('a roll-back', () => {
  const rollBack = () => host.answer({ type: 'rollbackRequested', licenseId: 'lic-cad' });

  it('installs the former version under a new revision, and can itself be undone', () => {
    host.install({ serial: 1, units: 2 });
    host.install({ serial: 2, units: 5 });
    expect(rollBack()).toMatchObject({ type: 'licenseRolledBack' });
    expect(units()).toBe(2);
    expect(host.state.licenses.get('lic-cad')?.versions.map((v) => v.revision)).toEqual([1, 2, 3]);
    rollBack();
    expect(units()).toBe(5);
  });

  it('says why it cannot', () => {
    expect(rollBack()).toMatchObject({ code: 'NO_SUCH_LICENSE' });
    host.install({ serial: 1, expires: '2026-03-02T00:00:00Z' });
    expect(rollBack()).toMatchObject({ code: 'NO_FORMER_VERSION' });
    host.install({ serial: 2 });
    host.suspend(2 * dayMs);
    expect(rollBack()).toMatchObject({ code: 'LICENSE_ALREADY_EXPIRED' });
  });

  it('keeps ten versions', () => {
    for (let serial = 1; serial <= 15; serial++) host.install({ serial });
    expect(host.state.licenses.get('lic-cad')?.versions).toHaveLength(10);
  });
});

describe('a removal', () => {
  it('leaves leases to their end and refuses to renew them', () => {
    host.install({});
    const { id } = grantedLease(host.checkout());
    expect(host.answer({ type: 'removalRequested', licenseId: 'lic-cad' })).toEqual({
      type: 'licenseRemoved',
      leasesLeft: 1,
    });
    expect(host.renew(id)).toMatchObject({ code: 'LS_INSUFFICIENTUNITS' });
    expect(host.checkout({ instance: 'b' })).toMatchObject({ code: 'LS_NO_SUCH_FEATURE' });
    host.pass(61_000);
    expect(host.state.leases.size).toBe(0);
  });

  it('is lower than what is installed after it, so that another member takes that', () => {
    const row = () => host.state.rows?.license.get('lic-cad') ?? raise('no row');
    host.install({ serial: 1 });
    host.install({ serial: 2 });
    host.answer({ type: 'removalRequested', licenseId: 'lic-cad' });
    const removal = row();
    host.install({ serial: 1, units: 7 });
    expect(compareRows(row(), removal)).toBeGreaterThan(0);
    expect([row().revision, units()]).toEqual([removal.revision + 1, 7]);
  });
});

function raise(message: string): never {
  throw new Error(message);
}

describe('a vendor', () => {
  it('cannot be forgotten while licences depend on it', () => {
    host.install({});
    const forget = () => host.answer({ type: 'vendorForgotten', keyId: 'vendor-key' });
    expect(forget()).toMatchObject({ code: 'VENDOR_IN_USE' });
    host.answer({ type: 'removalRequested', licenseId: 'lic-cad' });
    expect(forget()).toEqual({ type: 'vendorDropped' });
    expect(forget()).toMatchObject({ code: 'NO_SUCH_VENDOR' });
  });
});

describe('the end of a licence', () => {
  it('is told at 30, 7 and 1 days and when it comes, each once, also over restarts', () => {
    host.install({ expires: '2026-05-01T00:00:00Z' });
    const told = () => host.eventKinds().filter((kind) => kind.startsWith('licenseExp'));
    const daysBeforeEnd = (days: number) => {
      host.suspend(Date.parse('2026-05-01T00:00:00Z') - days * dayMs - host.wallMs);
      host.pass(500);
      host.crash();
    };
    daysBeforeEnd(31);
    expect(told()).toEqual([]);
    daysBeforeEnd(30);
    daysBeforeEnd(8);
    expect(told()).toEqual(['licenseExpiring']);
    daysBeforeEnd(6.5);
    daysBeforeEnd(0.5);
    expect(told()).toHaveLength(3);
    daysBeforeEnd(0);
    daysBeforeEnd(-1);
    expect(told()).toEqual([
      'licenseExpiring',
      'licenseExpiring',
      'licenseExpiring',
      'licenseExpired',
    ]);
    const left = host.disk.history.events.flatMap(
      ({ message }) => /ends in (.*), on/.exec(message)?.[1] ?? [],
    );
    expect(left).toEqual(['30 days', '7 days', 'less than a day']);
  });
});
