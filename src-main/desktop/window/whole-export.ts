import { rm, writeFile } from 'node:fs/promises';
import { replaceFile } from '../../files/replace-file.ts';
import type { IpcAnswer } from '../../../src-shared/contract/ipc.ts';
import { describeNotWritten } from './export-file.ts';

/** Writes a file that the admin chose. It is there whole or as it was before. */
export async function writeWholeExport(
  path: string,
  content: string | Buffer,
): Promise<IpcAnswer<{ path: string }>> {
  const temporary = `${path}.part`;
  try {
    await writeFile(temporary, content, { flush: true });
    await replaceFile(temporary, path);
    return { ok: true, value: { path } };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    return describeNotWritten(path, error);
  }
}
