import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LicenseDoor, licenseFingerprint } from '../../../src-main/node/licensing/license-door.ts';
import {
  type InstalledLicense,
  installedLicenseSchema,
  type LicenseVersion,
} from '../../../src-shared/model/license.ts';
import { flipBits } from '../../support/flip-bit.ts';
import { makeVendor, type TestVendor } from '../../support/licenses.ts';
import { forge, makeSignedLicense, withGrant, withVersion } from '../../support/signed-licenses.ts';

let acme: TestVendor;
let other: TestVendor;
let license: InstalledLicense;
beforeAll(async () => {
  acme = await makeVendor();
  other = await makeVendor('Other');
  license = await makeSignedLicense(acme, { units: 5 });
});

let door: LicenseDoor;
beforeEach(() => {
  door = new LicenseDoor();
});

const admit = (claim: InstalledLicense, ...vendors: TestVendor[]) =>
  door.admit(claim, door.soundVendors(vendors.map(({ trusted }) => trusted)));

const unitsOf = ({ versions }: InstalledLicense) => versions.map(({ grant }) => grant.units);

describe('a licence at the door', () => {
  it('passes as its vendor signed it, again and again', () => {
    expect(admit(license, other, acme)).toEqual(license);
    expect(admit(license, acme)).toEqual(license);
  });

  it('may have been damaged before: only what it is now counts', () => {
    expect(admit({ ...license, damage: 'It is said to be damaged.' }, acme)).toEqual(license);
  });

  it.each<[string, (license: InstalledLicense) => InstalledLicense]>([
    ['other units beside the text', (whole) => withGrant(whole, { units: 500 })],
    [
      'another end beside the text',
      (whole) => withGrant(whole, { expires: '2099-01-01T00:00:00Z' }),
    ],
    ['another entitlement', (whole) => withGrant(whole, { redundancy: 'pool' })],
    ['another borrowing', (whole) => withGrant(whole, { borrow: { maxDays: 9, maxUnits: 9 } })],
    ['another server', (whole) => withGrant(whole, { servers: ['a1'.repeat(32)] })],
    ['the name of another licence', (whole) => ({ ...whole, id: 'other' })],
  ])('with %s is damaged, and shows what was signed', (_name, change) => {
    const admitted = admit(change(license), acme);
    expect(admitted).toMatchObject({
      id: 'acme-cad',
      damage: 'What is kept of it differs from what its vendor signed.',
    });
    expect(admitted.versions[0]?.grant).toEqual(license.versions[0]?.grant);
  });

  it.each<[string, (version: LicenseVersion) => LicenseVersion]>([
    ['is changed with its grant', (version) => forge(version, { units: 500 })],
    ['is no JSON', (version) => ({ ...version, signedText: '{' })],
    ['is not signed', (version) => ({ ...version, signedText: JSON.stringify(version.grant) })],
    ['is empty', (version) => ({ ...version, signedText: '' })],
    [
      'is a list',
      (version) => ({ ...version, signedText: `[${version.signedText},${version.signedText}]` }),
    ],
    [
      'is said to be of another vendor',
      (version) => ({ ...version, vendorKeyId: other.key.keyId }),
    ],
  ])('whose text %s is damaged', (_name, change) => {
    expect(admit(withVersion(license, change), acme, other).damage).toBe(
      'What is kept of it is not what its vendor signed.',
    );
  });

  it('of a vendor that is not trusted is damaged', () => {
    expect(admit(license, other).damage).toContain(acme.key.keyId);
    expect(admit(license).damage).toContain('trust that key again');
  });

  it('is not vouched for by a vendor of another name, or under an id that is not its own', () => {
    const renamed = { ...acme, trusted: { ...acme.trusted, vendor: 'Acmf' } };
    expect(admit(license, renamed).damage).toBeDefined();
    const stolen = { ...other, trusted: { ...other.trusted, keyId: acme.key.keyId } };
    expect(door.soundVendors([stolen.trusted]).size).toBe(0);
    expect(admit(license, stolen).damage).toContain('not trusted');
  });

  it('does not pass with the memory of one that did', () => {
    admit(license, acme);
    const forged = withVersion(license, (version) => forge(version, { units: 6 }));
    expect(admit(forged, acme).damage).toBeDefined();
    const renamed = { ...acme, trusted: { ...acme.trusted, vendor: 'Acmf' } };
    expect(admit(license, renamed).damage).toBeDefined();
    expect(admit(license).damage).toBeDefined();
  });
});

describe('the former versions of a licence', () => {
  it('are left out where they do not verify, and keep what was signed', async () => {
    const three = await makeSignedLicense(acme, { units: 1 }, { units: 2 }, { units: 3 });
    const [first, second, third] = three.versions as [
      LicenseVersion,
      LicenseVersion,
      LicenseVersion,
    ];
    expect(unitsOf(admit(three, acme))).toEqual([1, 2, 3]);
    const changed = { ...three, versions: [first, forge(second, { units: 99 }), third] };
    expect(admit(changed, acme)).toEqual({ ...three, versions: [first, third] });
    const other = await makeSignedLicense(acme, { id: 'other' });
    const mixed = { ...three, versions: [...other.versions, third] };
    expect(unitsOf(admit(mixed, acme))).toEqual([3]);
    const current = { ...three, versions: [first, second, forge(third, { units: 99 })] };
    expect(admit(current, acme)).toMatchObject({ damage: expect.any(String) });
    expect(unitsOf(admit(current, acme)).slice(0, 2)).toEqual([1, 2]);
  });

  it('are kept when their vendor was forgotten, and do not pass for sound', async () => {
    const old = await makeSignedLicense(other, { units: 1, vendor: 'Other' });
    const [former] = old.versions as [LicenseVersion];
    const [current] = license.versions as [LicenseVersion];
    const both = { ...license, versions: [former, { ...current, revision: 2 }] };
    expect(admit(both, acme)).toEqual(both);
    const trusted = door.soundVendors([other.trusted]);
    expect(door.isSound(license.id, former, trusted)).toBe(true);
    expect(door.isSound(license.id, former, door.soundVendors([acme.trusted]))).toBe(false);
    expect(door.isSound(license.id, forge(former, { units: 9 }), trusted)).toBe(false);
  });
});

it('names what was signed by a hash of its text', () => {
  const [version] = license.versions as [LicenseVersion];
  const hash = createHash('sha256').update(version.signedText).digest('base64url');
  expect(licenseFingerprint(version)).toBe(hash);
  expect(licenseFingerprint({ signedText: version.signedText.replace('a', 'b') })).not.toBe(hash);
});

it('never passes with other values than the signed ones, whichever bits of it flip', () => {
  const bytes = Buffer.from(JSON.stringify(license));
  const [signed] = license.versions;
  const bits = fc.array(fc.nat(bytes.length * 8 - 1), { minLength: 1, maxLength: 2 });
  let damaged = 0;
  fc.assert(
    fc.property(bits, (flips) => {
      const claim = parse(flipBits(bytes, ...flips).toString());
      if (!claim) return;
      const admitted = admit(claim, acme);
      if (admitted.damage === undefined) {
        expect(admitted.versions.at(-1)?.grant).toEqual(signed?.grant);
        expect(admitted.id).toBe(license.id);
      } else damaged++;
    }),
    { numRuns: 2_000 },
  );
  expect(damaged).toBeGreaterThan(100);
});

function parse(text: string): InstalledLicense | undefined {
  try {
    return installedLicenseSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
