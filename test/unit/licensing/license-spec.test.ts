import { describe, expect, test } from 'vitest';
import { licensesPerFileMax } from '../../../src-shared/model/license.ts';
import { parseLicenseSpec } from '../../../src-main/node/licensing/license-spec.ts';
import { readLicenseFile } from '../../../src-main/node/licensing/read-license-file.ts';
import { signLicenses } from '../../../src-main/node/licensing/sign-licenses.ts';
import { makeVendor } from '../../support/licenses.ts';

const least = { product: 'Acme CAD', feature: '3D Modélling', units: 5 };

function parse(spec: unknown) {
  return parseLicenseSpec(JSON.stringify(spec), 'Acme');
}

function refusal(spec: unknown): string {
  const parsed = parse(spec);
  return parsed.ok ? 'accepted' : `${parsed.code}: ${parsed.message}`;
}

test('what is left out is filled in', () => {
  expect(parse(least)).toEqual({
    ok: true,
    grants: [
      {
        format: 'understudy-license/1',
        id: 'acme-cad.3d-modelling',
        serial: 1,
        vendor: 'Acme',
        product: 'Acme CAD',
        feature: '3D Modélling',
        version: '1',
        units: 5,
        notBefore: null,
        expires: null,
        redundancy: 'none',
        majorityRule: false,
        servers: [],
        ttlSeconds: 60,
        borrow: { maxDays: 0, maxUnits: 0 },
      },
    ],
  });
});

test('what is said is kept', () => {
  const full = {
    format: 'understudy-license/1',
    id: 'x',
    serial: 3,
    vendor: 'Acme',
    ...least,
    version: '2.1',
    notBefore: '2026-01-01T00:00:00Z',
    expires: '2027-01-01T00:00:00+01:00',
    redundancy: 'pool',
    majorityRule: true,
    servers: ['0'.repeat(64)],
    ttlSeconds: 300,
    borrow: { maxDays: 7, maxUnits: 2 },
  };
  expect(parse([full])).toEqual({ ok: true, grants: [full] });
});

test('who may borrow may borrow all units, unless it is said', () => {
  expect(parse({ ...least, borrow: { maxDays: 7 } })).toMatchObject({
    grants: [{ borrow: { maxDays: 7, maxUnits: 5 } }],
  });
});

describe('a wrong description is refused with the path and what to do', () => {
  test.each([
    [{ product: 'A', feature: 'b' }, /units: is missing/],
    [{ ...least, seats: 5 }, /has no field "seats"/],
    [{ ...least, units: '5' }, /units: must be of type number \(is "5"\)/],
    [
      { ...least, expires: '2027-01-31' },
      /expires: must be an instant such as 2027-01-31T00:00:00Z/,
    ],
    [{ ...least, ttlSeconds: 1 }, /ttlSeconds: must be 5 or more/],
    [
      { ...least, redundancy: 'two' },
      /redundancy: must be "none" or "backup" or "triad" or "pool"/,
    ],
    [{ ...least, vendor: 'Other' }, /vendor is "Other", but the signing key belongs to "Acme"/],
    [{ ...least, borrow: { maxUnits: 2 } }, /borrow.maxDays: is missing/],
    [
      { ...least, borrow: { maxDays: 2, maxUnits: 6 } },
      /borrow.maxUnits is 6, more than the 5 units/,
    ],
    [{ ...least, product: '日本' }, /give an "id"/],
    [[least, { ...least, units: 0 }], /Licence 2: units: must be 1 or more/],
    [[least, least], /Licences 1 and 2 both have the id "acme-cad.3d-modelling"/],
    [
      { ...least, notBefore: '2027-01-01T00:00:00Z', expires: '2026-01-01T00:00:00Z' },
      /expires: must be later than notBefore/,
    ],
    [[], /The list is empty/],
    [7, /must be of type object \(is 7\)/],
  ])('%j', (spec, expected) => {
    expect(refusal(spec)).toMatch(/^LICENSE_MALFORMED/);
    expect(refusal(spec)).toMatch(expected);
  });

  test('too many for one file', () => {
    const list = Array.from({ length: licensesPerFileMax + 1 }, () => least);
    expect(refusal(list)).toMatch(/^LICENSE_LIMIT_REACHED: The list has 1001 licences/);
  });
});

test('the largest file that can be signed can be read', async () => {
  const text = 'ü'.repeat(128);
  const specs = Array.from({ length: licensesPerFileMax }, (_, index) => ({
    product: text,
    feature: text,
    units: 1,
    id: `${'i'.repeat(120)}${index}`,
    servers: Array.from({ length: 11 }, () => 'f'.repeat(64)),
  }));
  const vendor = await makeVendor(text);
  const parsed = parseLicenseSpec(JSON.stringify(specs), text);
  if (!parsed.ok) throw new Error(parsed.message);
  const file = await signLicenses(parsed.grants, vendor.key);
  const read = readLicenseFile(file, [vendor.trusted]);
  expect(read.ok && read.licenses.map(({ grant }) => grant)).toEqual(parsed.grants);
});
