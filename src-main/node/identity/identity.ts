import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { NodeStartFailure } from '../base/start-failure.ts';
import { unusableFile } from '../base/unusable-file.ts';
import { privateFolderMode } from '../base/own-files.ts';
import { certificateNames, isCertificateUsable, makeCertificate } from './certificate.ts';
import { emptyIfNotText } from '../../files/text-file.ts';
import { readTextIfPresent, writeWholeFile } from '../../files/whole-file.ts';
import { identityFiles } from './identity-files.ts';
import { type FormerKeys, loadFormerKeys } from './former-keys.ts';
import { type IdentityKey, makeIdentityKey, parseIdentityKey } from './key-file.ts';
import { readNextKey, takeNextKey } from './next-key.ts';

/**
 * Who this server is: one ECDSA P-256 key, which serves TLS and signs tokens, so that a client that
 * has pinned the fingerprint can check tokens too.
 */
export interface Identity extends IdentityKey {
  certPem: string;
  /** Whom it was before. Tokens that it signed then still prove their leases. */
  formerKeys: FormerKeys;
  /** The key that it takes into use at a later start. */
  nextKey: IdentityKey | null;
}

export interface IdentityOptions {
  /** Names and addresses in the certificate beside `localhost`; the host's own name by default. */
  hostNames?: readonly string[];
  nowMs?: number;
  /** Whether a next key may be taken into use now; by default it may. */
  mayTakeNextKey?: () => boolean;
}

/**
 * The identity in a data directory, made at the first start. A next key that was made there is taken
 * into use. The certificate is made anew when the key or the host's name changed, when it is damaged,
 * or when less than two years are left.
 * Throws NodeStartFailure: IDENTITY_DAMAGED (nothing was changed), DATA_DIRECTORY_UNUSABLE.
 */
export async function loadIdentity(
  dataDirectory: string,
  options: IdentityOptions = {},
): Promise<Identity> {
  try {
    await mkdir(dataDirectory, { recursive: true, mode: privateFolderMode });
    const { key, nextKey } = await loadKeys(dataDirectory, options);
    const nowMs = options.nowMs ?? Date.now();
    const names = certificateNames(options.hostNames ?? [hostname()]);
    const certificatePath = join(dataDirectory, identityFiles.certificate);
    let certPem = await readTextIfPresent(certificatePath).catch(emptyIfNotText);
    if (certPem === undefined || !isCertificateUsable(certPem, key.privateKey, names, nowMs)) {
      certPem = await makeCertificate({ ...key, privateKeyPem: key.keyPem }, names, nowMs);
      await writeWholeFile(certificatePath, certPem);
    }
    const formerKeys = await loadFormerKeys(dataDirectory);
    // Stored before the key is replaced, which a crash may have kept from happening.
    formerKeys.delete(key.id);
    return { ...key, certPem, formerKeys, nextKey };
  } catch (error) {
    if (error instanceof NodeStartFailure) throw error;
    throw unusableFile(`The server's key in ${dataDirectory}`, error);
  }
}

async function loadKeys(
  dataDirectory: string,
  { mayTakeNextKey = () => true }: IdentityOptions,
): Promise<{ key: IdentityKey; nextKey: IdentityKey | null }> {
  const key = await loadKey(dataDirectory);
  const nextKey = await readNextKey(dataDirectory);
  if (nextKey === null || !mayTakeNextKey()) return { key, nextKey };
  await takeNextKey(dataDirectory, key, join(dataDirectory, identityFiles.key));
  return { key: nextKey, nextKey: null };
}

async function loadKey(dataDirectory: string): Promise<IdentityKey> {
  const path = join(dataDirectory, identityFiles.key);
  const stored = await readTextIfPresent(path).catch(emptyIfNotText);
  if (stored !== undefined) return parseStored(stored, path);
  const certificatePath = join(dataDirectory, identityFiles.certificate);
  if (existsSync(certificatePath)) {
    throw new NodeStartFailure(
      'IDENTITY_DAMAGED',
      `The server's key is gone: ${path} is missing, but its certificate is there. Restore the ` +
        `key from a backup. Without one, move ${certificatePath} away: the server then gets a ` +
        'new identity, and whoever relied on its fingerprint must be told the new one.',
    );
  }
  const made = await makeIdentityKey();
  await writeWholeFile(path, made.keyPem);
  return made;
}

function parseStored(keyPem: string, path: string): IdentityKey {
  const key = parseIdentityKey(keyPem);
  if (key) return key;
  throw new NodeStartFailure(
    'IDENTITY_DAMAGED',
    `The server's key in ${path} is damaged or not an ECDSA P-256 key. Restore the file from a ` +
      'backup. Without one, move it and its certificate away: the server then gets a new ' +
      'identity, and whoever relied on its fingerprint must be told the new one.',
  );
}
