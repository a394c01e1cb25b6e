import { licenseGrantSchema, type LicenseGrant } from '../../src-shared/model/license.ts';
import type { TrustedVendor } from '../../src-shared/model/vendor.ts';
import { signLicenses } from '../../src-main/node/licensing/sign-licenses.ts';
import {
  createVendorKey,
  parseVendorKey,
  type VendorKey,
} from '../../src-main/node/licensing/vendor-key.ts';

export interface TestVendor {
  key: VendorKey;
  /** As a server that trusts it keeps it. */
  trusted: TrustedVendor;
  /** Texts of K and K.pub. */
  privateFile: string;
  publicFile: string;
}

/** A vendor with a fresh key, which the former one signed. */
export async function makeVendor(vendor = 'Acme', former?: TestVendor): Promise<TestVendor> {
  const files = await createVendorKey(vendor, { former: former?.key });
  const parsed = await parseVendorKey(files.privateFile);
  if (!parsed.ok) throw new Error(parsed.message);
  const { keyId, publicKey, endorsements } = parsed.key;
  const more = endorsements && { endorsements };
  const trusted = { keyId, vendor, publicKey, trustedAtMs: 0, demo: false, ...more };
  return { ...files, key: parsed.key, trusted };
}

/** What differs from a permanent licence of 3 seats for the feature "cad" that anyone may run. */
export type LicenseOverride = Partial<LicenseGrant>;

export function makeGrant(overrides: LicenseOverride = {}): LicenseGrant {
  return licenseGrantSchema.parse({
    format: 'understudy-license/1',
    id: 'acme-cad',
    serial: 1,
    vendor: 'Acme',
    product: 'Acme Suite',
    feature: 'cad',
    version: '1',
    units: 3,
    notBefore: null,
    expires: null,
    redundancy: 'none',
    majorityRule: false,
    servers: [],
    ttlSeconds: 60,
    borrow: { maxDays: 0, maxUnits: 0 },
    ...overrides,
  });
}

/** The text of a licence file with these grants, in the vendor's name. */
export function makeLicenseFile(
  vendor: TestVendor,
  ...overrides: Partial<LicenseGrant>[]
): Promise<string> {
  const list = overrides.length === 0 ? [{}] : overrides;
  const grants = list.map((override) => makeGrant({ vendor: vendor.key.vendor, ...override }));
  return signLicenses(grants, vendor.key);
}
