import { randomBytes } from 'node:crypto';
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  type ClientConfig,
  clientConfigSchema,
  parseClientConfig,
} from '../../../src-shared/client/client-config.ts';
import { replaceFile } from '../../files/replace-file.ts';
import type { CommandContext } from '../frame/command-frame.ts';
import { machineConfigFile } from '../frame/default-paths.ts';
import { CliFailure, describeSystemError } from '../frame/failure.ts';
import { readInputFile } from '../frame/input-file.ts';

const configBytesMax = 256 * 1024;

/** The client configuration of this user. */
export function userConfigFile({ terminal, ownDirectory }: CommandContext): string {
  const named = terminal.env['UNDERSTUDY_CONFIG'];
  return named ? resolve(terminal.workingDirectory, named) : join(ownDirectory, 'client.json');
}

/**
 * The client configuration that counts here: the file named by UNDERSTUDY_CONFIG, else the user's,
 * else the machine's, else nothing but defaults.
 *
 * @throws {CliFailure} CLIENT_CONFIG_INVALID, FILE_UNREADABLE, FILE_TOO_LARGE, FILE_NOT_TEXT
 */
export async function loadClientConfig(context: CommandContext): Promise<ClientConfig> {
  const { terminal } = context;
  const named = Boolean(terminal.env['UNDERSTUDY_CONFIG']);
  const files = [userConfigFile(context), ...(named ? [] : [machineConfigFile(terminal)])];
  for (const path of files) {
    const text = await readConfigText(context, path, named);
    if (text === null) continue;
    const parsed = parseClientConfig(text);
    if (parsed.ok) return parsed.config;
    throw new CliFailure(
      'CLIENT_CONFIG_INVALID',
      `The client configuration ${path} cannot be used. ${parsed.message}`,
    );
  }
  return clientConfigSchema.parse({});
}

/** Null when there is no such file, unless it must be there. */
async function readConfigText(
  { terminal }: CommandContext,
  path: string,
  required: boolean,
): Promise<string | null> {
  try {
    const what = 'a client configuration';
    return (await readInputFile(terminal, path, what, configBytesMax)).text;
  } catch (error) {
    const missing = error instanceof CliFailure && error.details['reason'] === 'ENOENT';
    if (missing && !required) return null;
    throw error;
  }
}

/**
 * Writes a client configuration in one step.
 *
 * @throws {CliFailure} FILE_NOT_WRITTEN, also when there is one already and `force` is false
 */
export async function writeClientConfig(
  path: string,
  config: ClientConfig,
  force: boolean,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, `${JSON.stringify(config, null, 2)}\n`, { flag: 'wx' });
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
