import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NodeStartFailure } from '../base/start-failure.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { readTextIfPresent, syncDirectory, writeWholeFile } from '../../files/whole-file.ts';
import { identityFiles } from './identity-files.ts';
import { type IdentityKey, makeIdentityKey, parseIdentityKey } from './key-file.ts';

// A server that is a copy of another one becomes a server of its own (protocol section 3b): unlike with a
// key that follows another (`next-key.ts`), nobody is to take it for the one that it was.

/** The id that this server has from its next start on; the same one when it was ordered before. */
export async function orderRenewal(dataDirectory: string): Promise<string> {
  const ordered = await readRenewedKey(dataDirectory);
  if (ordered) return ordered.id;
  const key = await makeIdentityKey();
  await writeWholeFile(join(dataDirectory, identityFiles.renewedKey), key.keyPem);
  return key.id;
}

/** @throws {NodeStartFailure} IDENTITY_DAMAGED; nothing was changed */
export async function readRenewedKey(dataDirectory: string): Promise<IdentityKey | null> {
  const path = join(dataDirectory, identityFiles.renewedKey);
  const text = await readTextIfPresent(path);
  if (text === undefined) return null;
  const key = parseIdentityKey(text);
  if (key) return key;
  throw new NodeStartFailure(
    'IDENTITY_DAMAGED',
    `The server's new key in ${path} is damaged. Move it away and order a new identity again: ` +
      'understudy identity renew. Nothing was changed.',
  );
}

/**
 * Takes the key into use; `bound` are other files of whom the server was. The rename is the one moment at which the server becomes another: after a
 * crash before it, the next start does all of this again.
 */
export async function takeRenewedKey(
  dataDirectory: string,
  bound: readonly string[],
): Promise<void> {
  const { key, certificate, formerKeys, nextKey, renewedKey } = identityFiles;
  const own = [certificate, formerKeys, nextKey].map((name) => join(dataDirectory, name));
  for (const file of [...own, ...bound]) await rm(file, { force: true });
  await replaceFile(join(dataDirectory, renewedKey), join(dataDirectory, key));
  await syncDirectory(dataDirectory);
}
