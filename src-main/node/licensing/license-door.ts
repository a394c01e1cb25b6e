import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type {
  InstalledLicense,
  LicenseGrant,
  LicenseVersion,
} from '../../../src-shared/model/license.ts';
import { parseJson } from '../../../src-shared/model/json.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import { keyIdOf } from './vendor-signer.ts';
import { verifyLicense } from './verify-license.ts';

/** Vendors by the id of their key. */
export type Vendors = ReadonlyMap<string, TrustedVendor>;

/** Verified texts that are remembered: those of all licences that a server can have, with history. */
const knownMax = 20_000;

type Verdict =
  /** `signed`: what the vendor granted, although what is kept beside it differs. */
  | { type: 'sound'; signed: LicenseGrant }
  | { type: 'differs'; signed: LicenseGrant }
  | { type: 'unsigned' }
  | { type: 'untrusted' };

/**
 * Where licences come in that are already installed: from the disk and from peers (protocol section
 * 3c). Only the vendor's signed text counts; everything that is kept beside it has to be the same.
 * Synchronous; one licence takes about 0.1 ms the first time, and less than a tenth of that again.
 */
export class LicenseDoor {
  readonly #known = new Map<string, LicenseGrant>();

  /** Vendors whose id is the fingerprint of their key; another one vouches for nothing. */
  soundVendors(vendors: Iterable<TrustedVendor>): Map<string, TrustedVendor> {
    const sound = new Map<string, TrustedVendor>();
    for (const vendor of vendors) {
      if (keyIdOf(vendor.publicKey) === vendor.keyId) sound.set(vendor.keyId, vendor);
    }
    return sound;
  }

  /**
   * A licence with the grants that its vendors signed. Former versions that do not verify are left
   * out, except for one whose vendor was forgotten: it cannot be judged, and is before it is put back
   * in force. When the current version does not verify, `damage` says why.
   */
  admit(claim: InstalledLicense, vendors: Vendors): InstalledLicense {
    const { expiryToldDays, trialBeganMs } = claim;
    const [current] = claim.versions.slice(-1);
    if (!current) throw new Error(`licence ${claim.id} has no version`);
    const verdict = this.#judge(claim.id, current, vendors);
    const signed = 'signed' in verdict ? verdict.signed : undefined;
    const id = signed?.id ?? claim.id;
    const versions: LicenseVersion[] = [];
    for (const version of claim.versions.slice(0, -1)) {
      const former = this.#judge(id, version, vendors);
      if (former.type === 'sound') versions.push({ ...version, grant: former.signed });
      else if (former.type === 'untrusted') versions.push(version);
    }
    versions.push(signed ? { ...current, grant: signed } : current);
    const damage = describeVerdict(verdict, current);
    return {
      id,
      versions,
      expiryToldDays,
      ...(trialBeganMs === undefined ? {} : { trialBeganMs }),
      ...(damage === undefined ? {} : { damage }),
    };
  }

  /** Whether a version is what its vendor signed. */
  isSound(licenseId: string, version: LicenseVersion, vendors: Vendors): boolean {
    return this.#judge(licenseId, version, vendors).type === 'sound';
  }

  #judge(licenseId: string, version: LicenseVersion, vendors: Vendors): Verdict {
    const vendor = vendors.get(version.vendorKeyId);
    if (!vendor) return { type: 'untrusted' };
    const signed = this.#verify(version, vendor);
    if (!signed) return { type: 'unsigned' };
    const same = licenseId === signed.id && isDeepStrictEqual(version.grant, signed);
    return { type: same ? 'sound' : 'differs', signed };
  }

  #verify(version: LicenseVersion, vendor: TrustedVendor): LicenseGrant | undefined {
    const key = `${licenseFingerprint(version)} ${vendor.keyId} ${vendor.vendor}`;
    const known = this.#known.get(key);
    if (known) return known;
    const read = verifyLicense(parseJson(version.signedText), [vendor]);
    if (!read.ok) return undefined;
    if (this.#known.size >= knownMax) this.#known.clear();
    this.#known.set(key, read.license.grant);
    return read.license.grant;
  }
}

/** Names what a vendor signed: SHA-256 of the text, 43 characters of base64url. */
export function licenseFingerprint({ signedText }: Pick<LicenseVersion, 'signedText'>): string {
  return createHash('sha256').update(signedText).digest('base64url');
}

function describeVerdict({ type }: Verdict, { vendorKeyId }: LicenseVersion): string | undefined {
  switch (type) {
    case 'sound':
      return undefined;
    case 'differs':
      return 'What is kept of it differs from what its vendor signed.';
    case 'unsigned':
      return 'What is kept of it is not what its vendor signed.';
    case 'untrusted':
      return `Its vendor's key ${vendorKeyId} is not trusted here: trust that key again.`;
  }
}
