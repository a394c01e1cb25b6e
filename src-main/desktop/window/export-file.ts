import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { replaceFile } from '../../files/replace-file.ts';
import type { IpcAnswer, IpcResult } from '../../../src-shared/contract/ipc.ts';
import { csvStart } from '../../../src-shared/view/csv.ts';
import { ExportRefused } from './export-rows.ts';

/**
 * Writes the lines to `path`, of which the first is the header. The file is there whole or as it was
 * before: it is written beside its place and moved there.
 */
export async function writeExport(
  path: string,
  lines: AsyncIterable<string>,
): Promise<IpcAnswer<IpcResult<'export.csv'>>> {
  const temporary = `${path}.part`;
  try {
    let count = 0;
    const text = async function* () {
      yield csvStart;
      for await (const line of lines) {
        count += 1;
        yield line;
      }
    };
    await pipeline(text, createWriteStream(temporary, { flush: true }));
    await replaceFile(temporary, path);
    return { ok: true, value: { path, rows: count - 1 } };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (error instanceof ExportRefused) {
      return { ok: false, code: error.code, message: error.message };
    }
    return describeNotWritten(path, error);
  }
}

/** The refusal for a file that could not be written. */
export function describeNotWritten(path: string, error: unknown): IpcAnswer<never> {
  const why = error instanceof Error ? error.message : String(error);
  return {
    ok: false,
    code: 'FILE_NOT_WRITTEN',
    message: `${path} could not be written: ${why}. Choose another place, or make room.`,
  };
}
