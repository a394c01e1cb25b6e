import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NodeStartFailure } from '../license-node.ts';
import { certificateNames, isCertificateUsable, makeCertificate } from './identity-certificate.ts';
import { serverIdOf } from './identity-id.ts';
import { readTextIfPresent, writeWholeFile } from './identity-files.ts';

const keyFileName = 'server-key.pem';
const certificateFileName = 'server-cert.pem';

/**
 * Who this server is: one ECDSA P-256 key, which serves TLS and signs tokens, so that a client that
 * has pinned the fingerprint can check tokens too.
 */
export interface Identity {
  /** SHA-256 of the public key (SubjectPublicKeyInfo, DER), 64 hex digits. */
  id: string;
  keyPem: string;
  certPem: string;
  publicKeyPem: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export interface IdentityOptions {
  /** Names and addresses in the certificate beside `localhost`; the host's own name by default. */
  hostNames?: readonly string[];
  nowMs?: number;
}

/**
 * The identity in a data directory, made at the first start. The certificate is made anew with the
 * same key when the host's name changed, when it is damaged, or when less than two years are left.
 * Throws NodeStartFailure: IDENTITY_DAMAGED (nothing was changed), DATA_DIRECTORY_UNUSABLE.
 */
export async function loadIdentity(
  dataDirectory: string,
  options: IdentityOptions = {},
): Promise<Identity> {
  try {
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    const key = await loadKey(dataDirectory);
    const nowMs = options.nowMs ?? Date.now();
    const names = certificateNames(options.hostNames ?? [hostname()]);
    const certificatePath = join(dataDirectory, certificateFileName);
    let certPem = await readTextIfPresent(certificatePath);
    if (certPem === undefined || !isCertificateUsable(certPem, key.privateKey, names, nowMs)) {
      certPem = await makeCertificate({ ...key, privateKeyPem: key.keyPem }, names, nowMs);
      await writeWholeFile(certificatePath, certPem, 0o644);
    }
    return { ...key, certPem };
  } catch (error) {
    if (error instanceof NodeStartFailure) throw error;
    throw new NodeStartFailure(
      'DATA_DIRECTORY_UNUSABLE',
      `The server's key cannot be read from or written to ${dataDirectory} ` +
        `(${error instanceof Error ? error.message : String(error)}). Give the account that runs ` +
        'Understudy the right to read and write that folder, and see that the disk is not full.',
    );
  }
}

type IdentityKey = Omit<Identity, 'certPem'>;

async function loadKey(dataDirectory: string): Promise<IdentityKey> {
  const path = join(dataDirectory, keyFileName);
  const stored = await readTextIfPresent(path);
  if (stored !== undefined) return parseKey(stored, path);
  const certificatePath = join(dataDirectory, certificateFileName);
  if ((await readTextIfPresent(certificatePath)) !== undefined) {
    throw new NodeStartFailure(
      'IDENTITY_DAMAGED',
      `The server's key is gone: ${path} is missing, but its certificate is there. Restore the ` +
        `key from a backup. Without one, move ${certificatePath} away: the server then gets a ` +
        'new identity, and whoever relied on its fingerprint must be told the new one.',
    );
  }
  const pair = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  const keyPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeWholeFile(path, keyPem, 0o600);
  return describeKey(pair.privateKey, keyPem);
}

function parseKey(keyPem: string, path: string): IdentityKey {
  let privateKey: KeyObject | undefined;
  try {
    privateKey = createPrivateKey(keyPem);
  } catch {
    // Told below, like a key of another kind.
  }
  if (
    privateKey?.asymmetricKeyType !== 'ec' ||
    privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1'
  ) {
    throw new NodeStartFailure(
      'IDENTITY_DAMAGED',
      `The server's key in ${path} is damaged or not an ECDSA P-256 key. Restore the file from a ` +
        'backup. Without one, move it and its certificate away: the server then gets a new ' +
        'identity, and whoever relied on its fingerprint must be told the new one.',
    );
  }
  return describeKey(privateKey, keyPem);
}

function describeKey(privateKey: KeyObject, keyPem: string): IdentityKey {
  const publicKey = createPublicKey(privateKey);
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { id: serverIdOf(publicKey), keyPem, publicKeyPem, privateKey, publicKey };
}
