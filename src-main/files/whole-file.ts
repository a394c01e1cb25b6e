import { open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from './system-error.ts';
import { decodeText } from './text-file.ts';
import { replaceFile } from './replace-file.ts';

/**
 * The text of a file, without a byte order mark; undefined when there is none.
 *
 * @throws {NotText} it is no text in UTF-8
 */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  try {
    return decodeText(await readFile(path));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Replaces a file whole and durably, for its owner alone: after a crash the old text is there or the new
 * one.
 */
export async function writeWholeFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  // A crash may have left one with other permissions.
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await replaceFile(temporary, path);
  await syncDirectory(dirname(path));
}

/** Makes a rename in this directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows has no such call; its file system writes the rename to its journal.
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
