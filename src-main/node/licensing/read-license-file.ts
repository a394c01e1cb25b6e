import { licenseGrantSchema, licensesPerFileMax } from '../../../src-shared/model/license.ts';
import type { TrustedVendor } from '../../../src-shared/model/vendor.ts';
import type { VerifiedLicense } from '../core/ledger/admin-request.ts';
import { parseJsonText } from './json-text.ts';
import { peekClaim } from './license-jws.ts';
import { refuse, type Refusal } from '../../../src-shared/contract/admin-error.ts';
import { malformedLicense as malformed, verifyLicense } from './verify-license.ts';

/**
 * Reads a licence file: every licence in it is well formed and signed by a trusted vendor, or none
 * is taken. Never throws for bad input. Codes on refusal: LICENSE_MALFORMED,
 * LICENSE_VENDOR_UNTRUSTED, LICENSE_SIGNATURE_INVALID, LICENSE_FORMAT_UNSUPPORTED,
 * LICENSE_LIMIT_REACHED. `followed` are the keys that trusted ones vouch for. Serials, dates and host locks are for the ledger to judge.
 */
export function readLicenseFile(
  text: string,
  trustedVendors: readonly TrustedVendor[],
): { ok: true; licenses: VerifiedLicense[]; followed: TrustedVendor[] } | Refusal {
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
  const followed = new Map<string, TrustedVendor>();
  const numberById = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const read = verifyLicense(item, trustedVendors);
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
    if (read.followed) followed.set(read.followed.keyId, read.followed);
    licenses.push(read.license);
  }
  return { ok: true, licenses, followed: [...followed.values()] };
}

/**
 * What the first licence of a file says of itself, before anything of the file was verified: good for
 * choosing who is to read it, and for nothing else.
 */
export function claimsOfFile(text: string): { id: string | undefined; majorityRule: boolean } {
  const json = parseJsonText(text, 'LICENSE_MALFORMED', 'a licence file');
  if (!json.ok) return { id: undefined, majorityRule: false };
  const first: unknown = Array.isArray(json.value) ? json.value[0] : json.value;
  const id = licenseGrantSchema.shape.id.safeParse(peekClaim(first, 'id'));
  const majorityRule = peekClaim(first, 'majorityRule') === true;
  return { id: id.success ? id.data : undefined, majorityRule };
}

/** Says which licence of several was refused; its id is not verified yet, so it is checked. */
function within(refusal: Refusal, item: unknown, index: number, count: number): Refusal {
  const id = licenseGrantSchema.shape.id.safeParse(peekClaim(item, 'id'));
  const name = id.success ? ` (${id.data})` : '';
  return { ...refusal, message: `Licence ${index + 1} of ${count}${name}: ${refusal.message}` };
}
