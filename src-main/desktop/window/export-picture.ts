import type { IpcAnswer, IpcResult } from '../../../src-shared/contract/ipc.ts';
import { writeWholeExport } from './whole-export.ts';

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Writes a PNG file from base64. It is there whole or as it was before. */
export async function writePicture(
  path: string,
  base64: string,
): Promise<IpcAnswer<IpcResult<'export.picture'>>> {
  const content = Buffer.from(base64, 'base64');
  if (!content.subarray(0, pngSignature.length).equals(pngSignature)) {
    return { ok: false, code: 'BAD_REQUEST', message: 'This is not a PNG picture.' };
  }
  return writeWholeExport(path, content);
}
