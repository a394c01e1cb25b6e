import { z } from 'zod';
import {
  licenseAlgorithms,
  licenseFormat,
  licenseGrantSchema,
  licenseJwsType,
  type LicenseGrant,
} from '../../../src-shared/model/license.ts';
import { textSchema } from '../../../src-shared/model/scalars.ts';
import { vendorPublicKeySchema, type TrustedVendor } from '../../../src-shared/model/vendor.ts';
import type { VerifiedLicense } from '../core/ledger/admin-request.ts';
import { followTrusted } from './endorsement.ts';
import { describeIssues, quote } from './describe-issues.ts';
import {
  decodeMember,
  isSignedBy,
  licenseHeaderSchema,
  parseJws,
  peekClaim,
  type FlattenedJws,
} from './license-jws.ts';
import { refuse, type Refusal } from '../../../src-shared/contract/admin-error.ts';
import { lockedVendorKeyFormat, vendorKeyFormat } from './vendor-key.ts';

/**
 * One licence as its vendor signed it: the only place where a grant comes from. `item` is its JWS, read
 * from JSON. Codes on refusal: LICENSE_MALFORMED, LICENSE_VENDOR_UNTRUSTED,
 * LICENSE_SIGNATURE_INVALID, LICENSE_FORMAT_UNSUPPORTED. `followed` is the key that signed, when it is
 * not trusted and a trusted one vouches for it: it is to be trusted with the licence.
 */
export function verifyLicense(
  item: unknown,
  trustedVendors: readonly TrustedVendor[],
): { ok: true; license: VerifiedLicense; followed?: TrustedVendor } | Refusal {
  const jws = parseJws(item);
  if (!jws) return malformedLicense(explainNoJws(item));
  const header = readHeader(jws);
  if (!header.ok) return header;
  const { keyId, endorsements } = header;
  const trusted = trustedVendors.find((candidate) => candidate.keyId === keyId);
  // A key inside the file counts for nothing, unless a trusted one of the same vendor signed it.
  const followed = trusted ? undefined : followTrusted(keyId, endorsements, trustedVendors);
  const vendor = trusted ?? followed;
  if (!vendor) return untrusted(item, keyId, trustedVendors);
  if (!isSignedBy(jws, vendor.publicKey)) {
    return refuse(
      'LICENSE_SIGNATURE_INVALID',
      `The signature does not match the key ${quote(keyId)} of ${quote(vendor.vendor)} that it names: ` +
        'the licence was changed after it was signed, or damaged on the way. Ask the vendor for the ' +
        'file again.',
    );
  }
  const read = readGrant(jws, vendor);
  if (!read.ok) return read;
  const { payload, signature } = jws;
  const signedText = JSON.stringify({ payload, protected: jws.protected, signature });
  const license = { grant: read.grant, signedText, vendorKeyId: keyId };
  return followed ? { ok: true, license, followed } : { ok: true, license };
}

function readHeader(
  jws: FlattenedJws,
): { ok: true; keyId: string; endorsements: string[] } | Refusal {
  const value = decodeMember(jws.protected);
  const header = licenseHeaderSchema.safeParse(value);
  if (!header.success) {
    return malformedLicense(
      'The header of the signature is damaged. Copy the file again, or ask the vendor for it.',
    );
  }
  const { alg, kid, typ, crit, endorsements = [] } = header.data;
  if (typ !== licenseJwsType) {
    return malformedLicense(
      `The file is signed, but not as a licence of Understudy: typ must be "${licenseJwsType}" ` +
        `(is ${quote(typ)}).`,
    );
  }
  if (crit !== undefined) {
    return refuse(
      'LICENSE_FORMAT_UNSUPPORTED',
      'The signature asks for extensions that this version does not know (crit). Install a newer ' +
        'Understudy, or ask the vendor for a file without them.',
    );
  }
  if (!licenseAlgorithms.some((name) => name === alg)) {
    return refuse(
      'LICENSE_SIGNATURE_INVALID',
      `The licence is signed with ${quote(alg)}; only EdDSA with an Ed25519 key counts. Ask the ` +
        'vendor for a file made by `understudy issue license`.',
    );
  }
  return { ok: true, keyId: kid, endorsements };
}

function untrusted(item: unknown, keyId: string, vendors: readonly TrustedVendor[]): Refusal {
  const signed = `It is signed with the key ${quote(keyId)}, which is not trusted here.`;
  const claimed = textSchema(128).safeParse(peekClaim(item, 'vendor'));
  const namesakes = vendors.filter(({ vendor }) => claimed.success && vendor === claimed.data);
  if (namesakes.length > 0) {
    const name = quote(namesakes[0]?.vendor ?? '');
    const expected = namesakes.map((vendor) => quote(vendor.keyId)).join(' or ');
    return refuse(
      'LICENSE_VENDOR_UNTRUSTED',
      `${signed} The file says that it is from ${name}, of whom the key ${expected} was expected: ` +
        `the file may be forged. Install it only if ${name} itself confirms, by phone or on its web ` +
        'site, that this key is a new one of its own; then trust its new key file (it ends in .pub).',
    );
  }
  const claim = claimed.success ? ` The file says that it is from ${quote(claimed.data)}.` : '';
  return refuse(
    'LICENSE_VENDOR_UNTRUSTED',
    `${signed}${claim} Get the public key file of the vendor (it ends in .pub), check that ` +
      'it has this key id, trust it (Settings, Trusted vendors), and import the file again.',
  );
}

function readGrant(
  jws: FlattenedJws,
  vendor: TrustedVendor,
): { ok: true; grant: LicenseGrant } | Refusal {
  const value = decodeMember(jws.payload);
  const format = z.object({ format: z.string() }).safeParse(value).data?.format;
  if (format !== undefined && isNewerFormat(format)) {
    return refuse(
      'LICENSE_FORMAT_UNSUPPORTED',
      `The licence is in the format ${quote(format)}, made for a newer Understudy; this one ` +
        `reads "${licenseFormat}". Install a newer version, or ask the vendor for an older one.`,
    );
  }
  const grant = licenseGrantSchema.safeParse(value);
  if (!grant.success) {
    const issues = describeIssues(grant.error, value);
    return malformedLicense(
      `The licence is signed, but not valid: ${issues}. Ask the vendor to correct it.`,
    );
  }
  if (grant.data.vendor !== vendor.vendor) {
    return malformedLicense(
      `The licence names ${quote(grant.data.vendor)} as its vendor, but is signed with the key ` +
        `of ${quote(vendor.vendor)}. Ask the vendor to correct it.`,
    );
  }
  return { ok: true, grant: grant.data };
}

function isNewerFormat(format: string): boolean {
  const [name, number] = licenseFormat.split('/');
  const match = /^([a-z-]+)\/(\d{1,9})$/.exec(format);
  return match?.[1] === name && Number(match?.[2]) > Number(number);
}

/** Other files that an admin may have at hand, told apart by their own marks. */
function explainNoJws(item: unknown): string {
  if (typeof item !== 'object' || item === null) {
    return 'This is JSON, but not a licence file. Choose the file as the vendor sent it.';
  }
  if (vendorPublicKeySchema.safeParse(item).success) {
    return "This is a vendor's public key and no licence: trust it under Settings, Trusted vendors.";
  }
  if ([vendorKeyFormat, lockedVendorKeyFormat].includes(String(Reflect.get(item, 'format')))) {
    return (
      "This is a vendor's secret signing key. It must never leave the vendor: delete this copy " +
      'and tell the vendor.'
    );
  }
  if ('feature' in item && 'units' in item) {
    return 'This licence is not signed. The vendor signs it with `understudy issue license`.';
  }
  const signatures: unknown = Reflect.get(item, 'signatures');
  if (Array.isArray(signatures) && signatures.length > 1) {
    return `The licence has ${signatures.length} signatures; it must have one.`;
  }
  if ('header' in item) {
    return 'The signature has an unprotected header. Ask the vendor for a file without one.';
  }
  return (
    'This is not a signed licence: it must have payload, protected and signature, and nothing ' +
    'else. Choose the file as the vendor sent it, or ask for it again.'
  );
}

export function malformedLicense(message: string): Refusal {
  return refuse('LICENSE_MALFORMED', message);
}
