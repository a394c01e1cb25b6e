import { createHash } from 'node:crypto';
import { thumbprintText, type VendorPublicKey } from '../../../src-shared/model/vendor.ts';

/** What signs in a vendor's name, wherever its secret is. */
export interface VendorSigner {
  vendor: string;
  /** The id that its signatures carry. */
  keyId: string;
  publicKey: VendorPublicKey['publicKey'];
  /** Signatures of the keys that came before, each for the next one. */
  endorsements?: string[] | undefined;
  /** The 64 bytes of an Ed25519 signature. */
  sign(signed: Buffer): Promise<Buffer>;
}

/** Id of a vendor's key: its RFC 7638 thumbprint, 43 characters of base64url. */
export function keyIdOf(publicKey: VendorPublicKey['publicKey']): string {
  return createHash('sha256').update(thumbprintText(publicKey)).digest('base64url');
}
