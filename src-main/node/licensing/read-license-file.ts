import { flattenedVerify } from 'jose';
import { z } from 'zod';
import {
  licenseFormat,
  licenseGrantSchema,
  licensesPerFileMax,
  type LicenseGrant,
} from '../../../src-shared/model/license.ts';
import { textSchema } from '../../../src-shared/model/scalars.ts';
import { vendorPublicKeySchema, type TrustedVendor } from '../../../src-shared/model/vendor.ts';
import type { VerifiedLicense } from '../core/ledger/event.ts';
import { describeIssues, quote } from './describe-issues.ts';
import { parseJsonText } from './json-text.ts';
import {
  decodeMember,
  licenseAlgorithms,
  licenseHeaderSchema,
  licenseJwsType,
  parseJws,
  type FlattenedJws,
} from './license-jws.ts';
import { refuse, type Refusal } from '../../../src-shared/contract/admin.ts';
import { vendorKeyFormat } from './vendor-key.ts';

/**
 * Reads a licence file: every licence in it is well formed and signed by a trusted vendor, or none
 * is taken. Never throws for bad input. Codes on refusal: LICENSE_MALFORMED,
 * LICENSE_VENDOR_UNTRUSTED, LICENSE_SIGNATURE_INVALID, LICENSE_FORMAT_UNSUPPORTED,
 * LICENSE_LIMIT_REACHED. Serials, dates and host locks are for the ledger to judge.
 */
export async function readLicenseFile(
  text: string,
  trustedVendors: readonly TrustedVendor[],
): Promise<{ ok: true; licenses: VerifiedLicense[] } | Refusal> {
  const json = parseJsonText(text, 'LICENSE_MALFORMED', 'a licence file');
  if (!json.ok) return json;
  const items: unknown[] = Array.isArray(json.value) ? json.value : [json.value];
  if (items.length === 0)
    return malformed('The file holds an empty list: there is no licence in it.');
  if (items.length > licensesPerFileMax) {
    return refuse(
      'LICENSE_LIMIT_REACHED',
      `The file has ${items.length} licences; at most ${licensesPerFileMax} can be read at once. ` +
        'Ask the vendor to divide it.',
    );
  }
  const licenses: VerifiedLicense[] = [];
  const numberById = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const read = await readLicense(item, trustedVendors);
    if (!read.ok) return items.length === 1 ? read : within(read, item, index, items.length);
    const { id } = read.license.grant;
    const other = numberById.get(id);
    if (other !== undefined) {
      return malformed(
        `Licences ${other} and ${index + 1} of the file are both "${id}". Ask the vendor for a ` +
          'file with each licence once.',
      );
    }
    numberById.set(id, index + 1);
    licenses.push(read.license);
  }
  return { ok: true, licenses };
}

/**
 * The id that the first licence of a file says that it has, before anything of the file was verified:
 * good for choosing who is to read it, and for nothing else.
 */
export function claimedLicenseId(text: string): string | undefined {
  const json = parseJsonText(text, 'LICENSE_MALFORMED', 'a licence file');
  if (!json.ok) return undefined;
  const first: unknown = Array.isArray(json.value) ? json.value[0] : json.value;
  const id = licenseGrantSchema.shape.id.safeParse(peek(first, 'id'));
  return id.success ? id.data : undefined;
}

/** Says which licence of several was refused; its id is not verified yet, so it is checked. */
function within(refusal: Refusal, item: unknown, index: number, count: number): Refusal {
  const id = licenseGrantSchema.shape.id.safeParse(peek(item, 'id'));
  const name = id.success ? ` (${id.data})` : '';
  return { ...refusal, message: `Licence ${index + 1} of ${count}${name}: ${refusal.message}` };
}

function peek(item: unknown, field: 'id' | 'vendor'): unknown {
  const jws = parseJws(item);
  const payload = jws && decodeMember(jws.payload);
  return typeof payload === 'object' && payload !== null ? Reflect.get(payload, field) : undefined;
}

async function readLicense(
  item: unknown,
  trustedVendors: readonly TrustedVendor[],
): Promise<{ ok: true; license: VerifiedLicense } | Refusal> {
  const jws = parseJws(item);
  if (!jws) return malformed(explainNoJws(item));
  const header = readHeader(jws);
  if (!header.ok) return header;
  const vendor = trustedVendors.find((candidate) => candidate.keyId === header.keyId);
  if (!vendor) return untrusted(item, header.keyId);
  // The key comes from the trusted vendors alone: a key inside the file counts for nothing.
  if (!(await isSignedBy(jws, vendor))) {
    return refuse(
      'LICENSE_SIGNATURE_INVALID',
      `The signature does not match: the licence was changed after ${quote(vendor.vendor)} ` +
        'signed it, or it was damaged on the way. Ask the vendor for the file again.',
    );
  }
  const read = readGrant(jws, vendor);
  if (!read.ok) return read;
  const { payload, signature } = jws;
  const signedText = JSON.stringify({ payload, protected: jws.protected, signature });
  return { ok: true, license: { grant: read.grant, signedText, vendorKeyId: vendor.keyId } };
}

function readHeader(jws: FlattenedJws): { ok: true; keyId: string } | Refusal {
  const value = decodeMember(jws.protected);
  const header = licenseHeaderSchema.safeParse(value);
  if (!header.success) {
    return malformed(
      'The header of the signature is damaged. Copy the file again, or ask the vendor for it.',
    );
  }
  const { alg, kid, typ, crit } = header.data;
  if (typ !== licenseJwsType) {
    return malformed(
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
  if (!licenseAlgorithms.includes(alg)) {
    return refuse(
      'LICENSE_SIGNATURE_INVALID',
      `The licence is signed with ${quote(alg)}; only EdDSA with an Ed25519 key counts. Ask the ` +
        'vendor for a file made by `understudy issue license`.',
    );
  }
  return { ok: true, keyId: kid };
}

function untrusted(item: unknown, keyId: string): Refusal {
  const claimed = textSchema(128).safeParse(peek(item, 'vendor'));
  const claim = claimed.success ? ` The file says that it is from ${quote(claimed.data)}.` : '';
  return refuse(
    'LICENSE_VENDOR_UNTRUSTED',
    `It is signed with the key ${quote(keyId)}, which is not trusted here.${claim} Get the ` +
      'public key file of the vendor (it ends in .pub), trust it in Settings or with ' +
      '`understudy vendor trust FILE`, check that it has this key id, and import the file again.',
  );
}

async function isSignedBy(jws: FlattenedJws, vendor: TrustedVendor): Promise<boolean> {
  const signature = Buffer.from(jws.signature, 'base64url');
  // Its last character has bits to spare: one signature has one spelling.
  if (signature.toString('base64url') !== jws.signature) return false;
  try {
    await flattenedVerify(jws, vendor.publicKey, { algorithms: licenseAlgorithms });
    return true;
  } catch {
    return false;
  }
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
    return malformed(
      `The licence is signed, but not valid: ${issues}. Ask the vendor to correct it.`,
    );
  }
  if (grant.data.vendor !== vendor.vendor) {
    return malformed(
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
    return "This is a vendor's public key. Trust it: `understudy vendor trust FILE`, or Settings.";
  }
  if (Reflect.get(item, 'format') === vendorKeyFormat) {
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

function malformed(message: string): Refusal {
  return refuse('LICENSE_MALFORMED', message);
}
