// node scripts/run.mjs conformance/make-vectors.ts: makes keys and licences of conformance/vectors anew.
import { createPrivateKey, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { makeIdentityKey } from '../src-main/node/identity/key-file.ts';
import { signLicenses } from '../src-main/node/licensing/sign-licenses.ts';
import {
  createVendorKey,
  parseVendorKey,
  type VendorKey,
} from '../src-main/node/licensing/vendor-key.ts';
import { type LicenseGrant, licenseGrantSchema } from '../src-shared/model/license.ts';
import { serverNames, vectorsFolder } from './kit/vectors.ts';

async function makeVendorKey(former?: VendorKey) {
  const files = await createVendorKey('Acme', { former });
  const parsed = await parseVendorKey(files.privateFile);
  if (!parsed.ok) throw new Error(parsed.message);
  return { ...files, key: parsed.key };
}

function write(path: string, text: string): void {
  writeFileSync(new URL(path, vectorsFolder), text);
}

mkdirSync(new URL('keys/', vectorsFolder), { recursive: true });
mkdirSync(new URL('licences/', vectorsFolder), { recursive: true });

const acme = await makeVendorKey();
const following = await makeVendorKey(acme.key);
const impostor = await makeVendorKey();
write('acme.pub.json', acme.publicFile);

const ids: Record<string, string> = {};
for (const name of serverNames) {
  const { id, keyPem } = await makeIdentityKey();
  ids[name] = id;
  write(`keys/${name}.pem`, keyPem);
}

const good: LicenseGrant = licenseGrantSchema.parse({
  format: 'understudy-license/1',
  id: 'acme-cad.drafting',
  serial: 3,
  vendor: 'Acme',
  product: 'Acme CAD',
  feature: 'drafting',
  version: '2.1',
  units: 5,
  notBefore: null,
  expires: null,
  redundancy: 'backup',
  majorityRule: false,
  servers: ['a', 'b', 'c', 'd', 'e'].map((name) => ids[name]),
  ttlSeconds: 60,
  borrow: { maxDays: 30, maxUnits: 5 },
});

async function makeLicense(
  name: string,
  change: Partial<LicenseGrant> = {},
  { key }: { key: VendorKey } = acme,
): Promise<string> {
  const text = await signLicenses([licenseGrantSchema.parse({ ...good, ...change })], key);
  write(`licences/${name}.json`, `${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  return text;
}

const goodText = await makeLicense('good');
await makeLicense('of-the-following-key', {}, following);
await makeLicense('of-an-impostor', {}, impostor);
await makeLicense('for-other-servers', { servers: [ids['x'] ?? ''] });
await makeLicense('for-any-server', { servers: [] });
await makeLicense('of-another-product', { product: 'Acme PDM' });
await makeLicense('of-another-feature', { feature: 'rendering' });
await makeLicense('of-an-older-version', { version: '1.9' });
await makeLicense('ended', { expires: '2026-01-01T00:00:00Z' });
await makeLicense('not-begun', { notBefore: '2199-01-01T00:00:00Z' });
await makeLicense('with-maintenance', { maintenanceUntil: '2026-01-01T00:00:00Z' });
await makeLicense('with-maintenance-that-was-over', { maintenanceUntil: '2025-01-01T00:00:00Z' });
await makeLicense('revoked', { revoked: '2026-01-01T00:00:00Z' });
await makeLicense('of-january-2020', {
  notBefore: '2020-01-01T00:00:00Z',
  expires: '2020-02-01T00:00:00Z',
});
await makeLicense('of-january-2090', {
  notBefore: '2090-01-01T00:00:00Z',
  expires: '2090-02-01T00:00:00Z',
});

// What no tool of a vendor makes.
const jws = JSON.parse(goodText) as { payload: string; protected: string; signature: string };
const writeJws = (name: string, text: typeof jws): void =>
  write(`licences/${name}.json`, `${JSON.stringify(text, null, 2)}\n`);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const privateKey = createPrivateKey({
  key: (JSON.parse(acme.privateFile) as { privateKey: { kty: string } }).privateKey,
  format: 'jwk',
});
const signed = (header: object): typeof jws => {
  const head = encode(header);
  const signature = sign(null, Buffer.from(`${head}.${jws.payload}`), privateKey);
  return { protected: head, payload: jws.payload, signature: signature.toString('base64url') };
};
const header = JSON.parse(Buffer.from(jws.protected, 'base64url').toString()) as object;
writeJws('changed-after-signing', { ...jws, payload: encode({ ...good, units: 500 }) });
writeJws('without-a-signature', { ...jws, signature: '' });
writeJws('with-the-algorithm-none', {
  ...jws,
  protected: encode({ ...header, alg: 'none' }),
  signature: '',
});
writeJws('signed-for-another-purpose', signed({ ...header, typ: 'understudy-vendor+jws' }));
writeJws('with-an-unknown-critical-header', signed({ ...header, crit: ['hold'], hold: true }));
