import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';

/** Cost of scrypt (RFC 7914): 128 MiB of memory and some tenths of a second for each try. */
const cost = { N: 131_072, r: 8, p: 1 } as const;
const scryptBytesMax = 256 * 1024 * 1024;

const cipher = 'aes-256-gcm';

const base64urlOf = (bytes: number) => z.base64url().length(Math.ceil((bytes * 4) / 3));

/** A secret of 32 bytes under a passphrase. */
export const lockedKeySchema = z.strictObject({
  kdf: z.literal('scrypt'),
  N: z.literal(cost.N),
  r: z.literal(cost.r),
  p: z.literal(cost.p),
  salt: base64urlOf(16),
  cipher: z.literal(cipher),
  iv: base64urlOf(12),
  data: base64urlOf(32),
  tag: base64urlOf(16),
});
export type LockedKey = z.infer<typeof lockedKeySchema>;

/** `about` is bound to the secret: what stands beside it in the file. */
export async function lockKey(
  secret: Buffer,
  passphrase: string,
  about: string,
): Promise<LockedKey> {
  const salt = randomBytes(16);
  const iv = randomBytes(12);
  const locking = createCipheriv(cipher, await deriveKey(passphrase, salt), iv);
  locking.setAAD(Buffer.from(about));
  const data = Buffer.concat([locking.update(secret), locking.final()]);
  return {
    ...{ kdf: 'scrypt', ...cost, salt: salt.toString('base64url') },
    ...{ cipher, iv: iv.toString('base64url'), data: data.toString('base64url') },
    tag: locking.getAuthTag().toString('base64url'),
  };
}

/** Undefined: it is another passphrase, or the file is damaged. */
export async function unlockKey(
  locked: LockedKey,
  passphrase: string,
  about: string,
): Promise<Buffer | undefined> {
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  const key = await deriveKey(passphrase, bytes(locked.salt));
  const unlocking = createDecipheriv(cipher, key, bytes(locked.iv));
  unlocking.setAAD(Buffer.from(about)).setAuthTag(bytes(locked.tag));
  try {
    return Buffer.concat([unlocking.update(bytes(locked.data)), unlocking.final()]);
  } catch {
    return undefined;
  }
}

function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: scryptBytesMax };
    scrypt(passphrase.normalize('NFC'), salt, 32, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
