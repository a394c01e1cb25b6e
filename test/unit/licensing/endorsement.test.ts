import { beforeAll, describe, expect, it } from 'vitest';
import { nodeSignatures } from '../../../src-main/client-transport/node-signatures.ts';
import { formerKeysOf } from '../../../src-main/node/licensing/endorsement.ts';
import { readLicenseFile } from '../../../src-main/node/licensing/read-license-file.ts';
import { parseVendorPublicKey } from '../../../src-main/node/licensing/vendor-key.ts';
import { findDoubt } from '../../../src-shared/client/vendor-proof.ts';
import {
  checkoutRequestSchema,
  type LeaseAnswer,
} from '../../../src-shared/contract/client-api.ts';
import { makeLicenseFile, makeVendor, type TestVendor } from '../../support/licenses.ts';
import { makeServerKey, makeSignedText, sealAnswer } from '../../support/proved-answer.ts';

let first: TestVendor;
let second: TestVendor;
let third: TestVendor;
/** Of the same name, and vouched for by nobody. */
let stranger: TestVendor;

beforeAll(async () => {
  first = await makeVendor('Acme');
  second = await makeVendor('Acme', first);
  third = await makeVendor('Acme', second);
  stranger = await makeVendor('Acme');
});

const idsOf = (...vendors: TestVendor[]) => vendors.map(({ trusted }) => trusted.keyId);
const trustedOf = (...vendors: TestVendor[]) => vendors.map(({ trusted }) => trusted);

describe('a key that follows another', () => {
  it('is known by the signatures of those before it, from any that is trusted on', () => {
    expect(formerKeysOf(second.trusted, trustedOf(first))).toEqual(idsOf(first));
    expect(formerKeysOf(third.trusted, trustedOf(first))).toEqual(idsOf(first, second));
    expect(formerKeysOf(third.trusted, trustedOf(second))).toEqual(idsOf(second));
    expect(formerKeysOf(third.trusted, trustedOf(first, second))).toEqual(idsOf(first, second));
  });

  it('follows no key that is not trusted, nor one that came after it', () => {
    expect(formerKeysOf(third.trusted, trustedOf(stranger))).toEqual([]);
    expect(formerKeysOf(first.trusted, trustedOf(second, third))).toEqual([]);
    expect(formerKeysOf(stranger.trusted, trustedOf(first))).toEqual([]);
  });

  it('does not follow by the endorsement of another key, nor in another name', () => {
    const { endorsements } = second.trusted;
    expect(formerKeysOf({ ...stranger.trusted, endorsements }, trustedOf(first))).toEqual([]);
    const renamed = { ...second.trusted, vendor: 'Bolt' };
    expect(formerKeysOf(renamed, trustedOf(first))).toEqual([]);
    expect(formerKeysOf(renamed, [{ ...first.trusted, vendor: 'Bolt' }])).toEqual([]);
  });

  it('does not follow by a licence that the former key signed', async () => {
    const {
      payload,
      protected: header,
      signature,
    } = JSON.parse(await makeLicenseFile(first)) as Record<string, string>;
    const endorsements = [`${header}.${payload}.${signature}`];
    expect(formerKeysOf({ ...stranger.trusted, endorsements }, trustedOf(first))).toEqual([]);
    expect(
      formerKeysOf({ ...stranger.trusted, endorsements: ['', 'a.b'] }, trustedOf(first)),
    ).toEqual([]);
  });

  it('says so in its public file', () => {
    const parsed = parseVendorPublicKey(third.publicFile);
    expect(parsed.ok && parsed.key.endorsements).toHaveLength(2);
    expect(third.publicFile).not.toContain('"d"');
  });
});

describe('a licence of a key that follows a trusted one', () => {
  it('is read, and brings its key', async () => {
    const file = await makeLicenseFile(third);
    const read = readLicenseFile(file, trustedOf(first));
    expect(read).toMatchObject({ ok: true, licenses: [{ vendorKeyId: third.trusted.keyId }] });
    expect(read.ok && read.followed).toEqual([third.trusted]);
    // Once it is trusted, it comes with nothing new.
    expect(readLicenseFile(file, trustedOf(first, third))).toMatchObject({ followed: [] });
  });

  it('is refused where no key of its chain is trusted', async () => {
    const code = 'LICENSE_VENDOR_UNTRUSTED';
    expect(readLicenseFile(await makeLicenseFile(third), trustedOf(stranger))).toMatchObject({
      code,
    });
    expect(readLicenseFile(await makeLicenseFile(stranger), trustedOf(first))).toMatchObject({
      code,
    });
  });

  it('counts for an application that carries the former key', async () => {
    const server = makeServerKey();
    const license = { id: 'acme.cad', feature: 'cad', servers: [server.id] };
    const plain: LeaseAnswer = {
      lease: {
        id: '00000000-0000-4000-8000-000000000001',
        license: 'acme.cad',
        feature: 'cad',
        units: 1,
        grantedAt: '2026-03-01T08:00:00Z',
        ttlSeconds: 30,
      },
      token: '',
      term: 1,
      servedBy: { id: server.id, name: 'main', role: 'primary' },
      servers: [],
    };
    const nonce = nodeSignatures.nonce();
    const client = { instance: 'instance-1', user: 'ann', host: 'ws-1' };
    const doubtWith = async (signer: TestVendor, carried: TestVendor) => {
      const signedText = await makeSignedText(signer, license);
      const makings = { server, signedText, license, nowSeconds: 1_772_000_000 };
      const key = parseVendorPublicKey(carried.publicFile);
      return findDoubt({
        answer: sealAnswer(plain, nonce, makings),
        request: checkoutRequestSchema.parse({ feature: 'cad', client }),
        nonce,
        vendor: { keys: key.ok ? [key.key] : [] },
        signatures: nodeSignatures,
      });
    };
    expect(await doubtWith(third, first)).toBeNull();
    expect(await doubtWith(third, third)).toBeNull();
    expect(await doubtWith(first, third)).toContain("vendor's key");
    expect(await doubtWith(stranger, first)).toContain("vendor's key");
  });
});
