import { open, rm } from 'node:fs/promises';
import { describeSystemError } from '../../files/system-error.ts';
import { CliFailure } from './failure.ts';

/** Writes a file that must not exist yet; a half-written one does not stay. */
export async function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  await fillNewFile(path, mode, () => Promise.resolve({ text }));
}

/**
 * The same with a text that is got only when the file is there, so that nothing is asked of a server whose
 * answer could not be kept. No file stays when the text cannot be got.
 */
export async function fillNewFile<T extends { text: string }>(
  path: string,
  mode: number,
  get: () => Promise<T>,
): Promise<T> {
  const file = await open(path, 'wx', mode).catch((error: unknown) => {
    const reason = describeSystemError(error);
    const remedy = reason.includes('exists') ? ' Choose another file name.' : '';
    throw new CliFailure('FILE_NOT_WRITTEN', `${path} was not written: ${reason}.${remedy}`);
  });
  let isWritten = false;
  try {
    const got = await get();
    await file.writeFile(got.text).catch(notWritten);
    await file.sync().catch(notWritten);
    isWritten = true;
    return got;
  } finally {
    await file.close();
    if (!isWritten) await rm(path, { force: true });
  }

  function notWritten(error: unknown): never {
    throw new CliFailure('FILE_NOT_WRITTEN', `${path}: ${describeSystemError(error)}.`);
  }
}
