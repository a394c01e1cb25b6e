import { dirname, resolve } from 'node:path';
import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import {
  type ServerConfig,
  serverConfigBytesMax,
} from '../../../src-shared/model/server-config.ts';
import { readServerConfig } from '../../node/config/read-config.ts';
import { CliFailure } from './failure.ts';
import { readInputFile } from './input-file.ts';
import type { Terminal } from './terminal.ts';

/**
 * What a configuration file says, with the vendors' key files that it names. These are relative to it.
 *
 * @throws {CliFailure} CONFIG_WRONG, FILE_UNREADABLE, FILE_TOO_LARGE, FILE_NOT_TEXT
 */
export async function readConfigFile(terminal: Terminal, path: string): Promise<ServerConfig> {
  const what = 'a configuration file';
  const { text } = await readInputFile(terminal, path, what, serverConfigBytesMax);
  const absolute = resolve(terminal.workingDirectory, path);
  const folder = path === '-' ? terminal.workingDirectory : dirname(absolute);
  const answer = await readServerConfig(text, {
    nowMs: Date.now(),
    readVendor: (name) => readVendor(terminal, resolve(folder, name)),
  });
  if (answer.ok) return answer.value;
  throw new CliFailure(answer.code, `${path}: ${answer.message}`);
}

async function readVendor(terminal: Terminal, path: string): Promise<AdminAnswer<string>> {
  try {
    const what = "a vendor's public key";
    return {
      ok: true,
      value: (await readInputFile(terminal, path, what, importedFileBytesMax)).text,
    };
  } catch (error) {
    if (error instanceof CliFailure) return refuse('CONFIG_WRONG', error.message);
    throw error;
  }
}
