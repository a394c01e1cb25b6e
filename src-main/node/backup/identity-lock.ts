import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { lockKey, unlockKey } from '../licensing/locked-key.ts';
import { BackupFailure, type BackupManifest, type LockedIdentity } from './backup-format.ts';

const cipher = 'aes-256-gcm';

/** What the encryption is bound to: an identity cannot be moved from one backup into another. */
function aboutOf({ server, createdAt }: Pick<BackupManifest, 'server' | 'createdAt'>): string {
  return `understudy-backup identity ${server.id} ${createdAt}`;
}

/** Encrypts the identity of a server under a passphrase. */
export async function lockIdentity(
  plain: Buffer,
  passphrase: string,
  manifest: Pick<BackupManifest, 'server' | 'createdAt'>,
): Promise<{ data: Buffer; locked: LockedIdentity }> {
  const about = aboutOf(manifest);
  const key = randomBytes(32);
  const iv = randomBytes(12);
  const locking = createCipheriv(cipher, key, iv);
  locking.setAAD(Buffer.from(about));
  const data = Buffer.concat([locking.update(plain), locking.final()]);
  const locked = {
    key: await lockKey(key, passphrase, about),
    iv: iv.toString('base64url'),
    tag: locking.getAuthTag().toString('base64url'),
  };
  return { data, locked };
}

/** @throws {BackupFailure} PASSPHRASE_WRONG */
export async function unlockIdentity(
  data: Buffer,
  locked: LockedIdentity,
  passphrase: string,
  manifest: Pick<BackupManifest, 'server' | 'createdAt'>,
): Promise<Buffer> {
  const about = aboutOf(manifest);
  const key = await unlockKey(locked.key, passphrase, about);
  if (!key) throw wrongPassphrase();
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  const unlocking = createDecipheriv(cipher, key, bytes(locked.iv));
  unlocking.setAAD(Buffer.from(about)).setAuthTag(bytes(locked.tag));
  try {
    return Buffer.concat([unlocking.update(data), unlocking.final()]);
  } catch {
    throw wrongPassphrase();
  }
}

function wrongPassphrase(): BackupFailure {
  return new BackupFailure(
    'PASSPHRASE_WRONG',
    "The passphrase is not the one that the server's key in this backup is under.",
  );
}
