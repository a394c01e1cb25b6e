import { FlattenedSign, importJWK } from 'jose';
import { licenseJwsType, type LicenseGrant } from '../../../src-shared/model/license.ts';
import type { FlattenedJws } from './license-jws.ts';
import type { VendorKey } from './vendor-key.ts';

/**
 * The text of a licence file: one JWS (RFC 7515, flattened JSON serialization) for one grant, a
 * list of them for several.
 */
export async function signLicenses(grants: LicenseGrant[], key: VendorKey): Promise<string> {
  const privateKey = await importJWK(key.privateKey, 'EdDSA');
  const sign = async (grant: LicenseGrant): Promise<FlattenedJws> => {
    const jws = await new FlattenedSign(Buffer.from(JSON.stringify(grant)))
      .setProtectedHeader({ alg: 'EdDSA', kid: key.keyId, typ: licenseJwsType })
      .sign(privateKey);
    return { payload: jws.payload, protected: jws.protected ?? '', signature: jws.signature };
  };
  const signed = await Promise.all(grants.map(sign));
  return `${JSON.stringify(signed.length === 1 ? signed[0] : signed, null, 2)}\n`;
}
