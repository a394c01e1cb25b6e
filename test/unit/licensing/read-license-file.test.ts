import { FlattenedSign, GeneralSign, importJWK, type JWSHeaderParameters } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import { licensesPerFileMax } from '../../../src-shared/model/license.ts';
import { readLicenseFile } from '../../../src-main/node/licensing/read-license-file.ts';
import { makeGrant, makeLicenseFile, makeVendor, type TestVendor } from '../../support/licenses.ts';

let acme: TestVendor;
beforeAll(async () => {
  acme = await makeVendor();
});

const header = () => ({ alg: 'EdDSA', kid: acme.key.keyId, typ: 'understudy-license+jws' });

/** Signs anything with the key of a trusted vendor. */
async function sign(payload: unknown, overrides: JWSHeaderParameters = {}): Promise<string> {
  const bytes = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  const jws = await new FlattenedSign(bytes)
    .setProtectedHeader({ ...header(), ...overrides })
    .sign(await importJWK(acme.key.privateKey, 'EdDSA'), { crit: { other: true } });
  return JSON.stringify(jws);
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function refusal(text: string): Promise<string> {
  const read = readLicenseFile(text, [acme.trusted]);
  return read.ok ? 'accepted' : `${read.code}: ${read.message}`;
}

describe('a good file', () => {
  test('gives its grant, its signed text and who signed it', async () => {
    const text = await makeLicenseFile(acme, { units: 7 });
    const read = readLicenseFile(text, [(await makeVendor()).trusted, acme.trusted]);
    expect(read).toEqual({
      ok: true,
      licenses: [
        {
          grant: makeGrant({ units: 7 }),
          vendorKeyId: acme.key.keyId,
          signedText: JSON.stringify(JSON.parse(text)),
        },
      ],
      followed: [],
    });
  });

  test('may hold several licences, each of which can be read again on its own', async () => {
    const text = await makeLicenseFile(acme, { id: 'a' }, { id: 'b' });
    const read = readLicenseFile(text, [acme.trusted]);
    if (!read.ok) throw new Error(read.message);
    expect(read.licenses.map(({ grant }) => grant.id)).toEqual(['a', 'b']);
    for (const license of read.licenses) {
      expect(readLicenseFile(license.signedText, [acme.trusted])).toEqual({
        ok: true,
        licenses: [license],
        followed: [],
      });
    }
  });

  test('may come with a byte order mark and other line ends', async () => {
    const text = await makeLicenseFile(acme);
    expect(await refusal(`\uFEFF${text.replaceAll('\n', '\r\n')}`)).toBe('accepted');
  });

  test('may use the general serialization with one signature', async () => {
    const jws = await new GeneralSign(Buffer.from(JSON.stringify(makeGrant())))
      .addSignature(await importJWK(acme.key.privateKey, 'EdDSA'))
      .setProtectedHeader(header())
      .sign();
    expect(await refusal(JSON.stringify(jws))).toBe('accepted');
    const twice = { ...jws, signatures: [...jws.signatures, ...jws.signatures] };
    expect(await refusal(JSON.stringify(twice))).toMatch(/LICENSE_MALFORMED: .*2 signatures/);
  });

  test('may name the algorithm as RFC 9864 does', async () => {
    const key = await importJWK(acme.key.privateKey, 'Ed25519');
    const jws = await new FlattenedSign(Buffer.from(JSON.stringify(makeGrant())))
      .setProtectedHeader({ ...header(), alg: 'Ed25519' })
      .sign(key);
    expect(await refusal(JSON.stringify(jws))).toBe('accepted');
  });
});

describe('a file that is no licence file', () => {
  test.each([
    ['', /LICENSE_MALFORMED: The file is empty/],
    [' \n\t', /LICENSE_MALFORMED: The file is empty/],
    ['not json', /LICENSE_MALFORMED: The file is not JSON/],
    ['MZ\u0000\u0003\uFFFD', /LICENSE_MALFORMED: The file is not UTF-8 text/],
    ['{"payload":"abc', /LICENSE_MALFORMED: The file is cut off/],
    ['[{"payload":"abc"}', /LICENSE_MALFORMED: The file is cut off/],
    ['{"payload"=1}', /LICENSE_MALFORMED: The file is damaged/],
    ['42', /LICENSE_MALFORMED: This is JSON, but not a licence file/],
    ['null', /LICENSE_MALFORMED: This is JSON, but not a licence file/],
    ['[]', /LICENSE_MALFORMED: .*empty list/],
    ['{}', /LICENSE_MALFORMED: This is not a signed licence/],
    ['{"product":"A","feature":"b","units":1}', /LICENSE_MALFORMED: .*not signed/],
    ['{"payload":"","protected":"","signature":""}', /LICENSE_MALFORMED: This is not a signed/],
    ['{"payload":"e30","protected":"eA","signature":"eA"}', /LICENSE_MALFORMED: The header/],
    ['['.repeat(1_000_000), /LICENSE_MALFORMED: The file is cut off/],
    [
      `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`,
      /LICENSE_MALFORMED: This is not a signed licence/,
    ],
  ])('%.40s', async (text, expected) => {
    expect(await refusal(text)).toMatch(expected);
  });

  test('a key file is told from a licence file', async () => {
    expect(await refusal(acme.publicFile)).toMatch(/public key and no licence: trust it/);
    expect(await refusal(acme.privateFile)).toMatch(/LICENSE_MALFORMED: .*secret signing key/);
  });

  test('a file above the limits is refused unread', async () => {
    expect(await refusal(' '.repeat(importedFileBytesMax + 1))).toMatch(/larger than 4 MiB/);
    const many = Array.from({ length: licensesPerFileMax + 1 }, () => ({}));
    expect(await refusal(JSON.stringify(many))).toMatch(/LICENSE_LIMIT_REACHED: .*1001 licences/);
  });
});

describe('a signature counts only', () => {
  test('from a trusted vendor, whose key is named when it is missing', async () => {
    const other = await makeVendor('Other\u202e');
    const text = await makeLicenseFile(other);
    const told = await refusal(text);
    expect(told).toMatch(/^LICENSE_VENDOR_UNTRUSTED/);
    expect(told).toContain(other.key.keyId);
    expect(told).toContain('from "Other\\u202e"');
    expect(told).toContain('Settings, Trusted vendors');
  });

  test('from the key that is expected of a vendor who is trusted; else it may be forged', async () => {
    const namesake = await makeVendor('Acme');
    const told = await refusal(await makeLicenseFile(namesake));
    expect(told).toMatch(/^LICENSE_VENDOR_UNTRUSTED/);
    expect(told).toContain(`signed with the key "${namesake.key.keyId}"`);
    expect(told).toContain(`of whom the key "${acme.key.keyId}" was expected`);
    expect(told).toContain('may be forged');
  });

  test('over what was signed', async () => {
    const jws = JSON.parse(await makeLicenseFile(acme)) as Record<string, string>;
    const forged = { ...jws, payload: encode(makeGrant({ units: 9_999 })) };
    expect(await refusal(JSON.stringify(forged))).toMatch(
      /LICENSE_SIGNATURE_INVALID: .*of "Acme" that it names: the licence was changed after/,
    );
  });

  test('from the key itself, not from one that uses its id or comes with the file', async () => {
    const forger = await makeVendor();
    const key = await importJWK(forger.key.privateKey, 'EdDSA');
    const jws = await new FlattenedSign(Buffer.from(JSON.stringify(makeGrant())))
      .setProtectedHeader({ ...header(), jwk: forger.key.publicKey })
      .sign(key);
    expect(await refusal(JSON.stringify(jws))).toMatch(/^LICENSE_SIGNATURE_INVALID/);
  });

  test.each(['none', 'HS256', 'ES256'])('with EdDSA, not %s', async (alg) => {
    const jws = JSON.parse(await makeLicenseFile(acme)) as Record<string, string>;
    for (const signature of [jws.signature, 'AA']) {
      const forged = { ...jws, protected: encode({ ...header(), alg }), signature };
      expect(await refusal(JSON.stringify(forged))).toMatch(/^LICENSE_SIGNATURE_INVALID/);
    }
    const bare = { ...jws, protected: encode({ ...header(), alg: 'none' }), signature: '' };
    expect(await refusal(JSON.stringify(bare))).toMatch(/^LICENSE_MALFORMED/);
  });

  test('of the type that is for licences', async () => {
    expect(await refusal(await sign(makeGrant(), { typ: 'JWT' }))).toMatch(
      /LICENSE_MALFORMED: .*typ must be .* \(is "JWT"\)/,
    );
  });

  test('without extensions that are not known', async () => {
    const text = await sign(makeGrant(), { crit: ['other'], other: 1 });
    expect(await refusal(text)).toMatch(/^LICENSE_FORMAT_UNSUPPORTED: .*crit/);
  });

  test('without an unprotected header', async () => {
    const jws = JSON.parse(await makeLicenseFile(acme)) as Record<string, string>;
    const text = JSON.stringify({ ...jws, header: { kid: acme.key.keyId } });
    expect(await refusal(text)).toMatch(/LICENSE_MALFORMED: .*unprotected header/);
  });

  test('for the vendor that it belongs to', async () => {
    expect(await refusal(await sign(makeGrant({ vendor: 'Other' })))).toMatch(
      /LICENSE_MALFORMED: .*names "Other" .*key of "Acme"/,
    );
  });
});

describe('what is signed must be a licence', () => {
  test('of this format', async () => {
    expect(await refusal(await sign({ ...makeGrant(), format: 'understudy-license/2' }))).toMatch(
      /LICENSE_FORMAT_UNSUPPORTED: .*made for a newer Understudy/,
    );
    expect(await refusal(await sign({ ...makeGrant(), format: 'other/2' }))).toMatch(
      /LICENSE_MALFORMED: .*format: must be "understudy-license\/1"/,
    );
  });

  test.each([
    ['text', 'must be of type object'],
    [{ ...makeGrant(), units: 0 }, 'units: must be 1 or more (is 0)'],
    [{ ...makeGrant(), units: '5' }, 'units: must be of type number (is "5")'],
    [{ ...makeGrant(), units: 2.5 }, 'units: must be a whole number (is 2.5)'],
    [{ ...makeGrant(), seats: 5 }, 'has no field "seats"'],
    [{ ...makeGrant(), borrow: { maxDays: 1 } }, 'borrow.maxUnits: is missing'],
    [{ ...makeGrant(), expires: '2027-01-31' }, 'expires: must be an instant such as'],
    [{ ...makeGrant(), servers: ['x'] }, 'servers[0]: must be the 64 hex digits'],
    [
      { ...makeGrant(), notBefore: '2027-01-01T00:00:00Z', expires: '2026-01-01T00:00:00Z' },
      'expires: must be later than notBefore',
    ],
  ])('%j', async (payload, expected) => {
    const told = await refusal(await sign(payload));
    expect(told).toMatch(/^LICENSE_MALFORMED/);
    expect(told).toContain(expected);
  });
});

describe('of several licences, all are taken or none', () => {
  test('and the bad one is named', async () => {
    const list = JSON.parse(await makeLicenseFile(acme, { id: 'a' }, { id: 'b' })) as {
      signature: string;
    }[];
    const [first, second] = list;
    const text = JSON.stringify([first, { ...second, signature: first?.signature }]);
    expect(await refusal(text)).toMatch(/^LICENSE_SIGNATURE_INVALID: Licence 2 of 2 \(b\): The/);
    expect(await refusal(JSON.stringify([first, {}]))).toMatch(/: Licence 2 of 2: This is not/);
  });

  test('and none may be there twice', async () => {
    const text = await makeLicenseFile(acme, { id: 'a' }, { id: 'b' }, { id: 'a', serial: 2 });
    expect(await refusal(text)).toMatch(
      /LICENSE_MALFORMED: Licences 1 and 3 of the file are both "a"/,
    );
  });
});
