import { licenseJwsType, type LicenseGrant } from '../../../src-shared/model/license.ts';
import { encodeMember, type FlattenedJws } from './license-jws.ts';
import type { VendorSigner } from './vendor-signer.ts';

/**
 * The text of a licence file: one JWS (RFC 7515, flattened JSON serialization) for one grant, a
 * list of them for several. A key that follows others says so in the header.
 */
export async function signLicenses(grants: LicenseGrant[], signer: VendorSigner): Promise<string> {
  const { keyId: kid, endorsements } = signer;
  const more = endorsements === undefined ? {} : { endorsements };
  const header = encodeMember({ alg: 'EdDSA', kid, typ: licenseJwsType, ...more });
  const signed: FlattenedJws[] = [];
  for (const grant of grants) {
    const payload = encodeMember(grant);
    const signature = await signer.sign(Buffer.from(`${header}.${payload}`));
    signed.push({ payload, protected: header, signature: signature.toString('base64url') });
  }
  return `${JSON.stringify(signed.length === 1 ? signed[0] : signed, null, 2)}\n`;
}
