import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import type { IpcAnswer } from '../../../src-shared/contract/ipc.ts';
import { decodeText, NotText } from '../../files/text-file.ts';
import { refuse } from './ipc-server.ts';

/** Reads a file that the admin chose. Its size is looked at before any of it is read. */
export async function readChosenFile(
  path: string,
): Promise<IpcAnswer<{ fileName: string; content: string }>> {
  const fileName = basename(path);
  try {
    const found = await stat(path);
    if (!found.isFile()) return refuse('FILE_NOT_READ', `${fileName} is not a file.`);
    if (found.size > importedFileBytesMax) return refuseLarge(fileName, found.size);
    const content = decodeText(await readFile(path));
    return { ok: true, value: { fileName, content } };
  } catch (error) {
    if (error instanceof NotText) {
      const kind = 'Files of Understudy are JSON text.';
      return refuse('FILE_NOT_TEXT', `${fileName} cannot be read: ${error.message}. ${kind}`);
    }
    const why = error instanceof Error ? error.message : String(error);
    const advice = 'Check that you may read it.';
    return refuse('FILE_NOT_READ', `${fileName} could not be read: ${why}. ${advice}`);
  }
}

function refuseLarge(fileName: string, bytes: number): IpcAnswer<never> {
  const mebibytes = (value: number) => `${(value / 1024 / 1024).toFixed(1)} MiB`;
  return refuse(
    'FILE_TOO_LARGE',
    `${fileName} has ${mebibytes(bytes)}; a licence or vendor file has at most ` +
      `${mebibytes(importedFileBytesMax)}. Choose the file that your vendor sent.`,
  );
}
