import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ClientConfig } from '../../../src-shared/client/client-config.ts';
import {
  findClientConfig,
  userConfigFile as userFile,
} from '../../client-transport/find-client-config.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { describeSystemError } from '../../files/system-error.ts';
import type { CommandContext } from '../frame/command-frame.ts';
import { CliFailure } from '../frame/failure.ts';

/** The client configuration of this user. */
export function userConfigFile({ terminal, ownDirectory }: CommandContext): string {
  return userFile({ ...terminal, ownDirectory });
}

/**
 * The client configuration that counts here.
 *
 * @throws {CliFailure} CLIENT_CONFIG_INVALID, FILE_UNREADABLE, FILE_TOO_LARGE, FILE_NOT_TEXT
 */
export async function loadClientConfig(context: CommandContext): Promise<ClientConfig> {
  const { terminal, ownDirectory } = context;
  const found = await findClientConfig({ ...terminal, ownDirectory });
  if (found.ok) return found.config;
  throw new CliFailure(found.code, found.message);
}

/**
 * Writes a client configuration in one step; one `forAll` so that every account can read it, whatever is usual
 * for the files of this one.
 *
 * @throws {CliFailure} FILE_NOT_WRITTEN, also when there is one already and `force` is false
 */
export async function writeClientConfig(
  path: string,
  config: ClientConfig,
  { force, forAll }: { force: boolean; forAll: boolean },
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const made = await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, `${JSON.stringify(config, null, 2)}\n`, { flag: 'wx' });
    if (forAll && made !== undefined) await chmod(made, 0o755);
    if (forAll) await chmod(temporary, 0o644);
    // Unlike a rename, a link never replaces a file that is there.
    if (force) await replaceFile(temporary, path);
    else await link(temporary, path);
  } catch (error) {
    const reason = describeSystemError(error);
    const remedy = reason.includes('exists') ? ' Change it, or use --force to replace it.' : '';
    throw new CliFailure('FILE_NOT_WRITTEN', `${path} was not written: ${reason}.${remedy}`);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
