import { UsageFailure } from './failure.ts';
import { readInputFile } from './input-file.ts';
import type { Terminal } from './terminal.ts';

/** Longest file that a passphrase is read from, in bytes. */
const passphraseFileBytesMax = 16 * 1024;

/** The first line of a file, or of stdin for `-`; undefined where no file is given. */
export async function readPassphrase(
  terminal: Terminal,
  path: string | undefined,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const { text } = await readInputFile(terminal, path, 'a passphrase', passphraseFileBytesMax);
  const passphrase = text.split(/\r?\n/)[0] ?? '';
  if (passphrase === '') throw new UsageFailure(`${path} has no passphrase in its first line`);
  return passphrase;
}
