import { refuse, type Refusal } from '../../../src-shared/contract/admin-error.ts';
import {
  licenseGrantSchema,
  licensesPerFileMax,
  type LicenseGrant,
} from '../../../src-shared/model/license.ts';
import { describeIssues, quote } from './describe-issues.ts';
import { parseJsonText } from './json-text.ts';
import { decodeMember, parseJws } from './license-jws.ts';

/**
 * The licences of a file as revoked ones, each under the next serial, for the vendor to sign. Who signed
 * the file does not matter: what is taken back in the vendor's name is for the vendor to say. Codes on
 * refusal: LICENSE_MALFORMED, LICENSE_OTHER_VENDOR, LICENSE_LIMIT_REACHED.
 */
export function revokeLicenses(
  text: string,
  vendor: string,
  revoked: string,
): { ok: true; grants: LicenseGrant[] } | Refusal {
  const json = parseJsonText(text, 'LICENSE_MALFORMED', 'a licence file');
  if (!json.ok) return json;
  const items: unknown[] = Array.isArray(json.value) ? json.value : [json.value];
  if (items.length > licensesPerFileMax) {
    const message = `The file has ${items.length} licences; the most are ${licensesPerFileMax}.`;
    return refuse('LICENSE_LIMIT_REACHED', message);
  }
  const grants: LicenseGrant[] = [];
  for (const [index, item] of items.entries()) {
    const jws = parseJws(item);
    const payload = jws && decodeMember(jws.payload);
    const grant = licenseGrantSchema.safeParse(payload);
    if (!grant.success) {
      const why = jws ? describeIssues(grant.error, payload) : 'it is not signed';
      return refuse('LICENSE_MALFORMED', `Licence ${index + 1} of the file is none: ${why}.`);
    }
    if (grant.data.vendor !== vendor) {
      const message =
        `${grant.data.id} is a licence of ${quote(grant.data.vendor)}, and the key is one of ` +
        `${quote(vendor)}, which cannot revoke it.`;
      return refuse('LICENSE_OTHER_VENDOR', message);
    }
    grants.push({ ...grant.data, serial: grant.data.serial + 1, revoked });
  }
  if (grants.length === 0) return refuse('LICENSE_MALFORMED', 'There is no licence in the file.');
  return { ok: true, grants };
}
