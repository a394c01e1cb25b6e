import { join } from 'node:path';
import { NodeStartFailure } from '../base/start-failure.ts';
import { identityFiles } from './identity-files.ts';
import { addFormerKey } from './former-keys.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { emptyIfNotText } from '../../files/text-file.ts';
import { readTextIfPresent, syncDirectory, writeWholeFile } from '../../files/whole-file.ts';
import { type IdentityKey, parseIdentityKey } from './key-file.ts';

/**
 * The key that this server takes into use at its next start; null: it keeps the present one.
 *
 * @throws {NodeStartFailure} IDENTITY_DAMAGED; nothing was changed
 */
export async function readNextKey(dataDirectory: string): Promise<IdentityKey | null> {
  const path = join(dataDirectory, identityFiles.nextKey);
  const text = await readTextIfPresent(path).catch(emptyIfNotText);
  if (text === undefined) return null;
  const key = parseIdentityKey(text);
  if (key) return key;
  throw new NodeStartFailure(
    'IDENTITY_DAMAGED',
    `The server's next key in ${path} is damaged or not an ECDSA P-256 key. Restore the file from a ` +
      'backup. Without one, move it away: the server then keeps its present key, and a new one can ' +
      'be made with: understudy servers rotate-key. Nothing was changed.',
  );
}

/** Durable when it resolves: from then on the next start takes the key into use. */
export function storeNextKey(dataDirectory: string, { keyPem }: IdentityKey): Promise<void> {
  return writeWholeFile(join(dataDirectory, identityFiles.nextKey), keyPem);
}

/**
 * Puts the next key in the place of the present one. The rename is the one moment at which the server
 * becomes another: a crash before it leaves the old key, one after it the new. Former keys are looked
 * up by what is stored before that, and whatever else depends on the key (the certificate, the
 * server's own ledger) is brought in line with it at every start.
 */
export async function takeNextKey(
  dataDirectory: string,
  present: IdentityKey,
  keyPath: string,
): Promise<void> {
  await addFormerKey(dataDirectory, present.publicKey);
  await replaceFile(join(dataDirectory, identityFiles.nextKey), keyPath);
  await syncDirectory(dataDirectory);
}
