import type { Row } from '../../../src-main/node/core/rows/row.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '../../../src-main/node/core/ledger/change.ts';
import type { Entry } from '../../../src-main/node/core/replica/log.ts';
import type { PeerMessage } from '../../../src-main/node/core/replica/message.ts';
import { LicenseDoor } from '../../../src-main/node/licensing/license-door.ts';
import {
  admitMessage,
  admitStored,
  prepareImage,
} from '../../../src-main/node/replicas/license-admission.ts';
import type { InstalledLicense } from '../../../src-shared/model/license.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { makeVendor, type TestVendor } from '../../support/licenses.ts';
import { messageSamples } from '../../support/peer-messages.ts';
import {
  granted,
  makeLease,
  makeStoredLedger,
  makeStoredReplica,
  otherId,
  positionOf,
} from '../../support/records.ts';
import { forge, makeSignedLicense, withVersion } from '../../support/signed-licenses.ts';

let acme: TestVendor;
let license: InstalledLicense;
let forged: InstalledLicense;
beforeAll(async () => {
  acme = await makeVendor();
  license = await makeSignedLicense(acme, { units: 5 });
  forged = withVersion(license, (version) => forge(version, { units: 500 }));
});

const door = new LicenseDoor();
const term = { number: 5, member: otherId };

const vendorChange = (after: TrustedVendor): Change => ({ type: 'vendor', before: null, after });
const licenseChange = (after: InstalledLicense | null, before: InstalledLicense | null = null) =>
  ({ type: 'license', before, after }) satisfies Change;

function heldOf(licenses: InstalledLicense[], vendors: TrustedVendor[]) {
  return {
    licenses: new Map(licenses.map((one) => [one.id, one])),
    vendors: new Map(vendors.map((vendor) => [vendor.keyId, vendor])),
  };
}

const nothing = heldOf([], []);

function append(...changes: Change[]): Extract<PeerMessage, { type: 'append' }> {
  const entries = [{ ...positionOf(2), changes }];
  return { type: 'append', term, configVersion: 2, prev: positionOf(1), entries, commitIndex: 1 };
}

function changesOf(message: PeerMessage): readonly Change[] {
  return 'entries' in message ? message.entries.flatMap(({ changes }) => changes) : [];
}

function licensesIn(changes: readonly Change[]): (InstalledLicense | null)[] {
  return changes.flatMap((change) => (change.type === 'license' ? [change.after] : []));
}

function imageOf(licenses: InstalledLicense[], vendors: TrustedVendor[]) {
  const ledger = makeStoredLedger({ licenses, vendors });
  const { image } = messageSamples(term);
  return { ...image, image: { ...image.image, ledger } };
}

function ledgerIn(message: PeerMessage) {
  return message.type === 'image' ? message.image.ledger : undefined;
}

describe('an entry of a peer', () => {
  it('brings a licence with the vendor that comes along, or that is trusted here', () => {
    const together = append(vendorChange(acme.trusted), licenseChange(license));
    expect(admitMessage(door, nothing, together)).toEqual(together);
    const alone = append(licenseChange(license));
    expect(admitMessage(door, heldOf([], [acme.trusted]), alone)).toEqual(alone);
    expect(licensesIn(changesOf(admitMessage(door, nothing, alone)))).toMatchObject([
      { damage: expect.stringContaining('not trusted') },
    ]);
  });

  it('brings a forged one as damaged, also as what was there before', () => {
    const message = append(vendorChange(acme.trusted), licenseChange(forged, forged));
    const [, change] = changesOf(admitMessage(door, nothing, message));
    const damage = 'What is kept of it is not what its vendor signed.';
    expect(change).toMatchObject({ before: { damage }, after: { damage } });
  });

  it('brings no vendor under an id that is not that of its key', async () => {
    const other = await makeVendor('Other');
    const stolen = { ...other.trusted, keyId: acme.key.keyId };
    const message = append(vendorChange(stolen), licenseChange(forged));
    expect(changesOf(admitMessage(door, nothing, message))).toMatchObject([{ type: 'license' }]);
    const replaced = append({ type: 'vendor', before: acme.trusted, after: stolen });
    expect(changesOf(admitMessage(door, nothing, replaced))).toEqual([
      { type: 'vendor', before: acme.trusted, after: null },
    ]);
  });

  it('without licences goes through as it is', () => {
    const message = append(granted(makeLease(1)));
    expect(admitMessage(door, nothing, message)).toBe(message);
    const bringing = ['append', 'image', 'rows', 'piece', 'found'];
    const others = Object.values(messageSamples(term)).filter(
      ({ type }) => !bringing.includes(type),
    );
    for (const other of others) expect(admitMessage(door, nothing, other)).toBe(other);
  });
});

describe('a row of a peer', () => {
  const origin = { by: '5.abababababababab', write: 1 };
  const licenseRow = (of: InstalledLicense): Row => {
    return { kind: 'license', id: of.id, ...origin, revision: 1, license: of };
  };
  const vendorRow = (vendor: TrustedVendor): Row => {
    return { kind: 'vendor', id: vendor.keyId, ...origin, revision: 1, vendor };
  };
  const rowsOf = (held: Parameters<typeof admitMessage>[1], ...rows: Row[]) => {
    const admitted = admitMessage(door, held, { type: 'found', term, rows });
    return admitted.type === 'found' ? admitted.rows : [];
  };

  it('brings a licence with its vendor, or by one that is trusted here', () => {
    const both = [licenseRow(license), vendorRow(acme.trusted)];
    expect(rowsOf(nothing, ...both)).toEqual(both);
    expect(rowsOf(heldOf([], [acme.trusted]), licenseRow(license))).toHaveLength(1);
  });

  it('that does not verify never gets in', async () => {
    const other = await makeVendor('Other');
    const stolen = vendorRow({ ...other.trusted, keyId: acme.key.keyId });
    expect(rowsOf(nothing, licenseRow(license))).toEqual([]);
    expect(rowsOf(nothing, licenseRow(forged), vendorRow(acme.trusted))).toEqual([
      vendorRow(acme.trusted),
    ]);
    expect(rowsOf(nothing, licenseRow(license), stolen)).toEqual([]);
  });
});

describe('a damaged copy that a peer sends', () => {
  it('does not replace what is whole here, unless that is older', async () => {
    const [two] = (await makeSignedLicense(acme, { units: 5 }, { units: 6 })).versions.slice(-1);
    const newer = { ...license, versions: two ? [two] : [] };
    const forgedNewer = withVersion(newer, (version) => forge(version, { units: 500 }));
    const vendors = [acme.trusted];
    const admitted = (held: InstalledLicense[], sent: InstalledLicense) =>
      ledgerIn(admitMessage(door, heldOf(held, vendors), imageOf([sent], vendors)))?.licenses;
    expect(admitted([license], forged)).toEqual([license]);
    expect(admitted([newer], forged)).toEqual([newer]);
    expect(admitted([license], forgedNewer)).toMatchObject([{ damage: expect.any(String) }]);
    expect(admitted([], forged)).toMatchObject([{ damage: expect.any(String) }]);
  });

  it('does not take the place of another one of which it has the text', async () => {
    const other = await makeSignedLicense(acme, { id: 'other', units: 1 });
    const swapped = { ...other, id: license.id };
    const sent = imageOf([swapped, other], [acme.trusted]);
    const { licenses = [] } = ledgerIn(admitMessage(door, nothing, sent)) ?? {};
    expect(licenses).toMatchObject([{ id: license.id, damage: expect.any(String) }, other]);
  });
});

describe('a whole ledger', () => {
  it('comes in an image with verified licences and sound vendors only', async () => {
    const unsound = { ...acme.trusted, keyId: 'another' };
    const sent = imageOf([license], [acme.trusted, unsound]);
    await prepareImage(door, sent.image);
    expect(ledgerIn(admitMessage(door, nothing, sent))).toMatchObject({
      licenses: [license],
      vendors: [acme.trusted],
    });
  });

  it('comes from the disk likewise, with what is in its log', () => {
    const entry = (index: number, ...changes: Change[]): Entry => ({
      ...positionOf(index),
      changes,
    });
    const entries = [
      entry(1, vendorChange(acme.trusted)),
      entry(2, licenseChange(forged, license)),
      entry(3, granted(makeLease(1))),
    ];
    const stored = makeStoredReplica({
      log: { base: positionOf(0), entries },
      // The vendor was forgotten since.
      ledger: makeStoredLedger({ licenses: [forged] }),
    });
    const admitted = admitStored(door, stored);
    expect(admitted.ledger.licenses).toMatchObject([{ damage: expect.any(String) }]);
    expect(admitted.log.entries[0]).toEqual(entries[0]);
    expect(admitted.log.entries[1]?.changes).toMatchObject([
      { before: license, after: { damage: expect.any(String) } },
    ]);
    expect(admitted.log.entries[2]).toBe(entries[2]);
  });
});
