import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import type { ServerRequest } from '../../../src-shared/model/server-request.ts';
import { readServerRequest } from '../../node/licensing/read-request.ts';
import { CliFailure } from '../frame/failure.ts';
import { readInputFile } from '../frame/input-file.ts';
import type { Terminal } from '../frame/terminal.ts';

/**
 * The servers of a request file.
 *
 * @throws {CliFailure} REQUEST_MALFORMED, FILE_UNREADABLE, FILE_TOO_LARGE, FILE_NOT_TEXT
 */
export async function readRequest(
  terminal: Terminal,
  path: string,
): Promise<ServerRequest['servers']> {
  const { text } = await readInputFile(terminal, path, 'a request file', importedFileBytesMax);
  const read = readServerRequest(text);
  if (!read.ok) throw new CliFailure(read.code, `${path}: ${read.message}`);
  return read.request.servers;
}
