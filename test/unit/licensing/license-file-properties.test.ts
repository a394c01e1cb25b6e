import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { adminErrorCodeSchema } from '../../../src-shared/contract/admin-error.ts';
import { readLicenseFile } from '../../../src-main/node/licensing/read-license-file.ts';
import { parseLicenseSpec } from '../../../src-main/node/licensing/license-spec.ts';
import { signLicenses } from '../../../src-main/node/licensing/sign-licenses.ts';
import {
  parseVendorKey,
  parseVendorPublicKey,
} from '../../../src-main/node/licensing/vendor-key.ts';
import { flipBits } from '../../support/flip-bit.ts';
import { makeGrant, makeLicenseFile, makeVendor, type TestVendor } from '../../support/licenses.ts';

let acme: TestVendor;
let single: string;
let double: string;
beforeAll(async () => {
  acme = await makeVendor();
  single = await makeLicenseFile(acme, { borrow: { maxDays: 5, maxUnits: 2 } });
  double = await makeLicenseFile(acme, { id: 'a' }, { id: 'b' });
});

interface Refused {
  code: string;
  message: string;
}

function expectSentence(refusal: Refused) {
  expect(adminErrorCodeSchema.safeParse(refusal.code).success).toBe(true);
  expect(refusal.message).toMatch(/^[^\p{Cc}]{10,700}\.$/u);
}

/** Whatever was done to the text: refused with a sentence, or exactly what the vendor granted. */
async function expectHarmless(text: string, original: string): Promise<boolean> {
  const read = readLicenseFile(text, [acme.trusted]);
  if (!read.ok) {
    expectSentence(read);
    return false;
  }
  const granted = readLicenseFile(original, [acme.trusted]);
  expect(read).toEqual(granted);
  return true;
}

test('one changed character is refused or changes nothing', async () => {
  const change = fc.tuple(fc.nat(), fc.string({ minLength: 0, maxLength: 2, unit: 'binary' }));
  await fc.assert(
    fc.asyncProperty(fc.boolean(), change, async (several, [position, replacement]) => {
      const text = several ? double : single;
      const at = position % text.length;
      await expectHarmless(text.slice(0, at) + replacement + text.slice(at + 1), text);
    }),
    { numRuns: 1_000 },
  );
});

test('each base64url character of a licence is bound by the signature', async () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const jws = JSON.parse(single) as Record<string, string>;
  const members = fc.constantFrom('payload', 'protected', 'signature');
  const letter = fc.constantFrom(...alphabet);
  await fc.assert(
    fc.asyncProperty(members, fc.nat(), letter, async (member, position, replacement) => {
      const value = jws[member] ?? '';
      const at = position % value.length;
      fc.pre(value.charAt(at) !== replacement);
      const changed = value.slice(0, at) + replacement + value.slice(at + 1);
      const text = JSON.stringify({ ...jws, [member]: changed });
      const read = readLicenseFile(text, [acme.trusted]);
      expect(read.ok).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

test('a flipped bit anywhere is refused or changes nothing', async () => {
  const bytes = Buffer.from(single);
  let accepted = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = flipBits(bytes, bit).toString('utf8');
    if (await expectHarmless(changed, single)) accepted += 1;
  }
  // White space between members is the only place where a bit may change.
  expect(accepted).toBeLessThan(40);
});

test('a file cut off anywhere is refused', async () => {
  for (const text of [single, double]) {
    const { length } = text.trimEnd();
    for (let end = 0; end < length; end++) {
      const read = readLicenseFile(text.slice(0, end), [acme.trusted]);
      expect(read).toMatchObject({ ok: false, code: 'LICENSE_MALFORMED' });
      if (!read.ok && end > 0) expect(read.message).toMatch(/cut off/);
    }
  }
});

test('a forger who knows the key id gets nowhere', async () => {
  const forger = await makeVendor();
  const key = { ...forger.key, keyId: acme.key.keyId };
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (units) => {
      const text = await signLicenses([makeGrant({ units })], key);
      const read = readLicenseFile(text, [acme.trusted]);
      expect(read).toMatchObject({ ok: false, code: 'LICENSE_SIGNATURE_INVALID' });
    }),
    { numRuns: 50 },
  );
});

test('any JSON and any text is refused with a sentence, by every reader', async () => {
  const text = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc
      .record(
        {
          payload: fc.oneof(fc.base64String(), fc.string(), fc.jsonValue()),
          protected: fc.oneof(
            fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
            fc.string(),
          ),
          signature: fc.oneof(fc.base64String(), fc.string()),
          signatures: fc.jsonValue(),
          format: fc.string(),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
  );
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      const outcomes = [
        readLicenseFile(content, [acme.trusted]),
        await parseVendorKey(content),
        parseVendorPublicKey(content),
        parseLicenseSpec(content, 'Acme'),
      ];
      for (const outcome of outcomes) {
        expect(outcome.ok).toBe(false);
        if (!outcome.ok) expectSentence(outcome);
      }
    }),
    { numRuns: 500 },
  );
});
