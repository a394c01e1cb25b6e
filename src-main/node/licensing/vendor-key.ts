import { exportJWK, generateKeyPair } from 'jose';
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { z } from 'zod';
import { vendorPublicKeySchema, type VendorPublicKey } from '../../../src-shared/model/vendor.ts';
import { endorse } from './endorsement.ts';
import { lockedKeySchema, lockKey, unlockKey } from './locked-key.ts';
import { describeIssues } from './describe-issues.ts';
import { parseJsonText } from './json-text.ts';
import { keyIdOf, type VendorSigner } from './vendor-signer.ts';
import { refuse, type Refusal } from '../../../src-shared/contract/admin-error.ts';

export const vendorKeyFormat = 'understudy-vendor-key/1';
export const lockedVendorKeyFormat = 'understudy-vendor-key/2';

const publicJwkSchema = vendorPublicKeySchema.shape.publicKey;

const vendorKeyFileSchema = z.strictObject({
  format: z.literal(vendorKeyFormat),
  vendor: vendorPublicKeySchema.shape.vendor,
  endorsements: vendorPublicKeySchema.shape.endorsements,
  privateKey: publicJwkSchema.extend({
    d: publicJwkSchema.shape.x,
  }),
});

/** A signing key whose secret is under a passphrase. */
const lockedVendorKeyFileSchema = z.strictObject({
  format: z.literal(lockedVendorKeyFormat),
  vendor: vendorPublicKeySchema.shape.vendor,
  endorsements: vendorPublicKeySchema.shape.endorsements,
  publicKey: publicJwkSchema,
  locked: lockedKeySchema,
});

/** A vendor's signing key. */
export interface VendorKey extends VendorSigner {
  privateKey: z.infer<typeof vendorKeyFileSchema>['privateKey'];
}

/**
 * A new Ed25519 key pair (RFC 8037) as the texts of its two files. `vendor` must satisfy
 * `vendorPublicKeySchema.shape.vendor`; throws a ZodError otherwise. The `former` key signs the new one;
 * the secret is kept under the `passphrase`.
 */
export async function createVendorKey(
  vendor: string,
  {
    former,
    passphrase,
  }: { former?: VendorSigner | undefined; passphrase?: string | undefined } = {},
): Promise<{ keyId: string; privateFile: string; publicFile: string }> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { kty, crv, x, d } = await exportJWK(pair.privateKey);
  const publicKey = publicJwkSchema.parse({ kty, crv, x });
  const more = former ? { endorsements: await endorse({ vendor, publicKey }, former) } : {};
  const key = vendorKeyFileSchema.parse({
    format: vendorKeyFormat,
    vendor,
    ...more,
    privateKey: { kty, crv, x, d },
  });
  const publicFile: VendorPublicKey = { format: 'understudy-vendor/1', vendor, publicKey, ...more };
  return {
    keyId: keyIdOf(publicKey),
    privateFile: formatFile(passphrase === undefined ? key : await lock(key, passphrase)),
    publicFile: formatFile(publicFile),
  };
}

async function lock(file: z.infer<typeof vendorKeyFileSchema>, passphrase: string) {
  const { d, ...publicKey } = file.privateKey;
  const { format: _, privateKey: __, ...rest } = file;
  const locked = await lockKey(Buffer.from(d, 'base64url'), passphrase, publicKey.x);
  return { format: lockedVendorKeyFormat, ...rest, publicKey, locked };
}

/** The file with its secret in the open. */
async function unlock(
  value: unknown,
  passphrase: string | undefined,
): Promise<{ ok: true; value: unknown } | Refusal> {
  const file = lockedVendorKeyFileSchema.safeParse(value);
  if (!file.success) return { ok: true, value };
  const { vendor, endorsements, publicKey, locked } = file.data;
  if (passphrase === undefined) {
    return malformed('The key is kept under a passphrase: name the file that holds it.');
  }
  const secret = await unlockKey(locked, passphrase, publicKey.x);
  if (!secret) return malformed('The passphrase is another one, or the key file is damaged.');
  const privateKey = { ...publicKey, d: secret.toString('base64url') };
  const more = endorsements && { endorsements };
  return { ok: true, value: { format: vendorKeyFormat, vendor, ...more, privateKey } };
}

function formatFile(content: unknown): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Reads what `issue keygen` wrote to K: the vendor's secret. Code on refusal: VENDOR_MALFORMED. */
export async function parseVendorKey(
  text: string,
  passphrase?: string,
): Promise<{ ok: true; key: VendorKey } | Refusal> {
  const json = parseJsonText(text, 'VENDOR_MALFORMED', "a vendor's signing key");
  if (!json.ok) return json;
  if (vendorPublicKeySchema.safeParse(json.value).success) {
    return malformed(
      'This is the public half of a key, which cannot sign. Use the file without .pub.',
    );
  }
  const unlocked = await unlock(json.value, passphrase);
  if (!unlocked.ok) return unlocked;
  const parsed = vendorKeyFileSchema.safeParse(unlocked.value);
  if (!parsed.success) {
    const issues = describeIssues(parsed.error, unlocked.value);
    return malformed(`This is not a signing key made by \`understudy issue keygen\`: ${issues}.`);
  }
  const { vendor, endorsements, privateKey } = parsed.data;
  const publicKey = { kty: privateKey.kty, crv: privateKey.crv, x: privateKey.x };
  if (!belongTogether(privateKey)) {
    return malformed('The key file is damaged: its two halves do not belong together.');
  }
  const keyId = keyIdOf(publicKey);
  const secret = createPrivateKey({ key: privateKey, format: 'jwk' });
  const key = {
    ...{ vendor, keyId, publicKey, endorsements, privateKey },
    sign: (signed: Buffer) => Promise.resolve(sign(null, signed, secret)),
  };
  return { ok: true, key };
}

/** The public half follows from the private one, so a damaged file shows. */
function belongTogether(privateKey: VendorKey['privateKey']): boolean {
  try {
    const key = createPrivateKey({ key: privateKey, format: 'jwk' });
    return createPublicKey(key).export({ format: 'jwk' }).x === privateKey.x;
  } catch {
    return false;
  }
}

/** Reads what `issue keygen` wrote to K.pub. Code on refusal: VENDOR_MALFORMED. */
export function parseVendorPublicKey(
  text: string,
): { ok: true; key: VendorPublicKey; keyId: string } | Refusal {
  const json = parseJsonText(text, 'VENDOR_MALFORMED', "a vendor's public key");
  if (!json.ok) return json;
  const parsed = vendorPublicKeySchema.safeParse(json.value);
  if (!parsed.success) return malformed(explainNoPublicKey(json.value, parsed.error));
  const { x } = parsed.data.publicKey;
  // The last character has bits to spare: the same key written in another way would get another id.
  if (Buffer.from(x, 'base64url').toString('base64url') !== x) {
    return malformed('publicKey.x is damaged. Ask the vendor for the key file again.');
  }
  return { ok: true, key: parsed.data, keyId: keyIdOf(parsed.data.publicKey) };
}

function explainNoPublicKey(value: unknown, error: z.ZodError): string {
  const object = z.object({ format: z.unknown(), payload: z.unknown() }).partial().safeParse(value);
  if (object.data?.format === vendorKeyFormat || object.data?.format === lockedVendorKeyFormat) {
    return (
      "This is a vendor's secret signing key. It must never leave the vendor, and no server " +
      'needs it: ask for the public key, the file that ends in .pub, and tell the vendor.'
    );
  }
  if (object.data?.payload !== undefined || Array.isArray(value)) {
    return "This looks like a licence file. A vendor's public key ends in .pub.";
  }
  const issues = describeIssues(error, value);
  return `This is not a vendor's public key: ${issues}. Ask the vendor for it.`;
}

function malformed(message: string): Refusal {
  return refuse('VENDOR_MALFORMED', message);
}
