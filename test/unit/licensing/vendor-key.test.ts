import { calculateJwkThumbprint } from 'jose';
import { expect, test } from 'vitest';
import { vendorPublicKeySchema } from '../../../src-shared/model/vendor.ts';
import {
  createVendorKey,
  parseVendorKey,
  parseVendorPublicKey,
} from '../../../src-main/node/licensing/vendor-key.ts';
import { makeLicenseFile, makeVendor } from '../../support/licenses.ts';

test('a new key comes as a secret file and a public one, with one id', async () => {
  const made = await createVendorKey('Acme');
  const secret = await parseVendorKey(made.privateFile);
  const shared = parseVendorPublicKey(made.publicFile);
  if (!secret.ok || !shared.ok) throw new Error('refused');
  expect(shared.keyId).toBe(made.keyId);
  expect(secret.key.keyId).toBe(made.keyId);
  expect(secret.key.publicKey).toEqual(shared.key.publicKey);
  expect(made.keyId).toBe(await calculateJwkThumbprint(shared.key.publicKey));
  expect(vendorPublicKeySchema.parse(JSON.parse(made.publicFile)).vendor).toBe('Acme');
  expect(made.publicFile).not.toContain('"d"');
});

test('the id is the RFC 7638 thumbprint: the example of RFC 8037', async () => {
  const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
  const publicKey = { kty: 'OKP', crv: 'Ed25519', x };
  const text = JSON.stringify({ format: 'understudy-vendor/1', vendor: 'RFC', publicKey });
  expect(parseVendorPublicKey(text)).toMatchObject({
    ok: true,
    keyId: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  });
});

test('a public key file is told from others, and a damaged one is refused', async () => {
  const { publicFile, privateFile } = await makeVendor();
  const told = async (text: string) => {
    const parsed = parseVendorPublicKey(text);
    return parsed.ok ? 'accepted' : `${parsed.code}: ${parsed.message}`;
  };
  expect(await told(publicFile)).toBe('accepted');
  expect(await told(privateFile)).toMatch(/VENDOR_MALFORMED: .*secret signing key/);
  expect(await told(await makeLicenseFile(await makeVendor()))).toMatch(
    /looks like a licence file/,
  );
  expect(await told('')).toMatch(/VENDOR_MALFORMED: The file is empty/);
  expect(await told('{"format":"understudy-vendor/1"}')).toMatch(/vendor: is missing/);
  expect(await told(publicFile.slice(0, 60))).toMatch(/cut off/);
  const key = JSON.parse(publicFile) as { publicKey: { x: string } };
  const spelling = `${key.publicKey.x.slice(0, -1)}${key.publicKey.x.endsWith('B') ? 'C' : 'B'}`;
  expect(await told(publicFile.replace(key.publicKey.x, spelling))).toMatch(
    /publicKey\.x is damaged/,
  );
});

test('a signing key is told from others, and one whose halves differ is refused', async () => {
  const { publicFile, privateFile } = await makeVendor();
  const told = async (text: string) => {
    const parsed = await parseVendorKey(text);
    return parsed.ok ? 'accepted' : `${parsed.code}: ${parsed.message}`;
  };
  expect(await told(publicFile)).toMatch(/VENDOR_MALFORMED: .*public half/);
  expect(await told('{}')).toMatch(/VENDOR_MALFORMED: .*format: is missing/);
  const other = JSON.parse((await makeVendor()).privateFile) as { privateKey: { x: string } };
  const key = JSON.parse(privateFile) as { privateKey: { x: string } };
  const mixed = privateFile.replace(key.privateKey.x, other.privateKey.x);
  expect(await told(mixed)).toMatch(/VENDOR_MALFORMED: .*do not belong together/);
});

// A passphrase costs a good part of a second each time, on purpose, and more on a busy machine.
const unhurried = { timeout: 90_000 };

test('a key is kept under a passphrase, and signs with that one only', unhurried, async () => {
  const made = await createVendorKey('Acme', { passphrase: 'ein Pferd läuft' });
  const { privateFile, publicFile, keyId } = made;
  expect(privateFile).not.toContain('"d"');
  const told = async (text: string, passphrase?: string) => {
    const parsed = await parseVendorKey(text, passphrase);
    return parsed.ok ? parsed.key.keyId : parsed.message;
  };
  // The same letters, composed in another way, as another keyboard types them.
  expect(await told(privateFile, 'ein Pferd la\u0308uft')).toBe(keyId);
  expect(await told(privateFile, 'ein Pferd')).toMatch(/passphrase is another one/);
  expect(await told(privateFile)).toMatch(/kept under a passphrase/);
  const other = JSON.parse((await createVendorKey('Acme')).publicFile) as {
    publicKey: { x: string };
  };
  const key = JSON.parse(publicFile) as { publicKey: { x: string } };
  const mixed = privateFile.replace(key.publicKey.x, other.publicKey.x);
  expect(await told(mixed, 'ein Pferd läuft')).toMatch(/another one, or the key file is damaged/);
  expect(parseVendorPublicKey(privateFile)).toMatchObject({
    message: expect.stringContaining('secret signing key') as unknown,
  });
});
