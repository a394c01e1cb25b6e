import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { parseKept } from '../base/kept-file.ts';
import { NodeStartFailure } from '../base/start-failure.ts';
import { emptyIfNotText } from '../../files/text-file.ts';
import { readTextIfPresent, writeWholeFile } from '../../files/whole-file.ts';
import { identityFiles } from './identity-files.ts';
import { serverIdOf } from './server-id.ts';
import { formatPublicKey, parsePublicKey } from './key-file.ts';

/** Former keys that are kept, the newest ones. */
const formerKeysMax = 64;

const fileSchema = z.strictObject({
  format: z.literal('understudy-former-keys/1'),
  /** SubjectPublicKeyInfo in DER, as base64; the oldest first. */
  publicKeys: z.array(z.base64().max(512)).max(formerKeysMax),
});

/** Public keys that this server had before its present one, by the id that it had with each. */
export type FormerKeys = ReadonlyMap<string, KeyObject>;

/** @throws {NodeStartFailure} IDENTITY_DAMAGED; nothing was changed */
export async function loadFormerKeys(dataDirectory: string): Promise<Map<string, KeyObject>> {
  const path = join(dataDirectory, identityFiles.formerKeys);
  const text = await readTextIfPresent(path).catch(emptyIfNotText);
  return text === undefined ? new Map() : parseFormerKeys(text, path);
}

/** Durable when it resolves. A key that is there already is left where it is. */
export async function addFormerKey(dataDirectory: string, publicKey: KeyObject): Promise<void> {
  const keys = await loadFormerKeys(dataDirectory);
  const id = serverIdOf(publicKey);
  if (keys.has(id)) return;
  keys.set(id, publicKey);
  const content = {
    format: 'understudy-former-keys/1',
    publicKeys: [...keys.values()].slice(-formerKeysMax).map(formatPublicKey),
  } satisfies z.infer<typeof fileSchema>;
  const text = `${JSON.stringify(content, null, 2)}\n`;
  await writeWholeFile(join(dataDirectory, identityFiles.formerKeys), text);
}

function parseFormerKeys(text: string, path: string): Map<string, KeyObject> {
  const { publicKeys } = parseKept(fileSchema, text, () => damaged(path));
  const keys = new Map<string, KeyObject>();
  for (const publicKeyText of publicKeys) {
    const publicKey = parsePublicKey(publicKeyText);
    if (!publicKey) throw damaged(path);
    keys.set(serverIdOf(publicKey), publicKey);
  }
  return keys;
}

function damaged(path: string): NodeStartFailure {
  return new NodeStartFailure(
    'IDENTITY_DAMAGED',
    `The list of this server's former keys ${path} is damaged. Restore it from a backup. Without ` +
      'one, move it away: seats that were granted with a former key may then have to be checked ' +
      'out again. Nothing was changed.',
  );
}
