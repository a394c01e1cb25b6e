import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  demoLicenseText,
  demoVendorKeyId,
  demoVendorPublicKey,
} from '../../../src-main/node/licensing/demo.ts';
import { readLicenseFile } from '../../../src-main/node/licensing/read-license-file.ts';
import { parseVendorPublicKey } from '../../../src-main/node/licensing/vendor-key.ts';

test('the demo files are what the program carries', async () => {
  const publicFile = readFileSync('assets/demo/demo-vendor.pub', 'utf8');
  expect(parseVendorPublicKey(publicFile)).toEqual({
    ok: true,
    key: demoVendorPublicKey,
    keyId: demoVendorKeyId,
  });
  expect(readFileSync('assets/demo/demo-licence.json', 'utf8')).toBe(demoLicenseText);
});

test('the demo licences are signed by the demo vendor and permanent', async () => {
  const { vendor, publicKey } = demoVendorPublicKey;
  const trusted = { keyId: demoVendorKeyId, vendor, publicKey, trustedAtMs: 0, demo: true };
  const read = readLicenseFile(demoLicenseText, [trusted]);
  const grants = read.ok ? read.licenses.map(({ grant }) => grant) : [];
  expect(grants.map(({ feature, units, expires }) => ({ feature, units, expires }))).toEqual([
    { feature: 'editor', units: 5, expires: null },
    { feature: 'render', units: 10, expires: null },
    { feature: 'viewer', units: 25, expires: null },
  ]);
  expect(grants[0]?.borrow).toEqual({ maxDays: 14, maxUnits: 2 });
});
