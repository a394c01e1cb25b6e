import { readLicenseFile } from '../../src-main/node/licensing/read-license-file.ts';
import type { InstalledLicense, LicenseVersion } from '../../src-shared/model/license.ts';
import { type LicenseOverride, makeLicenseFile, type TestVendor } from './licenses.ts';
import { nowMs } from './records.ts';

/** An installed licence as its vendor signed it, with a version for each of these. */
export async function makeSignedLicense(
  vendor: TestVendor,
  ...overrides: [LicenseOverride, ...LicenseOverride[]]
): Promise<InstalledLicense> {
  const versions: LicenseVersion[] = [];
  for (const [at, override] of overrides.entries()) {
    const file = await makeLicenseFile(vendor, { serial: at + 1, ...override });
    const read = readLicenseFile(file, [vendor.trusted]);
    const [license] = read.ok ? read.licenses : [];
    if (!license) throw new Error('this licence cannot be signed');
    versions.push({ ...license, revision: at + 1, installedAtMs: nowMs });
  }
  return { id: versions[0]?.grant.id ?? '', versions, expiryToldDays: null };
}

/** The same with another grant beside the signed text of the current version. */
export function withGrant(license: InstalledLicense, change: LicenseOverride): InstalledLicense {
  return withVersion(license, (version) => ({
    ...version,
    grant: { ...version.grant, ...change },
  }));
}

/** The same with another current version. */
export function withVersion(
  license: InstalledLicense,
  change: (version: LicenseVersion) => LicenseVersion,
): InstalledLicense {
  const versions = license.versions.map((version, at) =>
    at === license.versions.length - 1 ? change(version) : version,
  );
  return { ...license, versions };
}

/** The signed text with other contents under the same signature. */
export function forge(version: LicenseVersion, change: LicenseOverride): LicenseVersion {
  const jws = JSON.parse(version.signedText) as { payload: string };
  const grant = { ...version.grant, ...change };
  const payload = Buffer.from(JSON.stringify(grant)).toString('base64url');
  return { ...version, grant, signedText: JSON.stringify({ ...jws, payload }) };
}
