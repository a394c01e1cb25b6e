import { open, rm } from 'node:fs/promises';
import { describeSystemError } from '../../files/system-error.ts';
import { CliFailure } from './failure.ts';

/** Writes a file that must not exist yet; a half-written one does not stay. */
export async function writeNewFile(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode).catch((error: unknown) => {
    const reason = describeSystemError(error);
    const remedy = reason.includes('exists') ? ' Choose another file name.' : '';
    throw new CliFailure('FILE_NOT_WRITTEN', `${path} was not written: ${reason}.${remedy}`);
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw new CliFailure('FILE_NOT_WRITTEN', `${path}: ${describeSystemError(error)}.`);
  } finally {
    await file.close();
  }
}
