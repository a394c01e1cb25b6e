import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  applyClientPolicy,
  type ClientConfig,
  clientConfigSchema,
  parseClientConfig,
} from '../../src-shared/client/client-config.ts';
import { readBoundedFile, TooLong } from '../files/bounded-file.ts';
import { machineConfigFile, type Surroundings, userDirectory } from '../files/default-paths.ts';
import { describeSystemError, systemCodeOf } from '../files/system-error.ts';
import { decodeText, NotText } from '../files/text-file.ts';
import { type FoundClientPolicy, readClientPolicy } from './client-policy.ts';

/** Longest client configuration in bytes. */
const configBytesMax = 256 * 1024;

export interface ClientSurroundings extends Surroundings {
  /** Where this user's file is: `userDirectory`. */
  ownDirectory: string;
  workingDirectory: string;
  clientPolicy: () => FoundClientPolicy;
}

export type ClientConfigFailure =
  'CLIENT_CONFIG_INVALID' | 'FILE_UNREADABLE' | 'FILE_TOO_LARGE' | 'FILE_NOT_TEXT';

export type FoundClientConfig =
  | {
      ok: true;
      config: ClientConfig;
      /** The file that it is of; null: there is none. */
      file: string | null;
      /** Fields that a policy of the machine decides. */
      ruled: string[];
    }
  | { ok: false; code: ClientConfigFailure; message: string };

function ownSurroundings(): ClientSurroundings {
  const { platform, env } = process;
  return {
    ...{ platform, env, workingDirectory: process.cwd() },
    ownDirectory: userDirectory({ platform, env, homeDirectory: homedir() }),
    clientPolicy: () => readClientPolicy({ platform, env }),
  };
}

/**
 * The client configuration that counts for this user of this machine (docs/client.md): the file named by
 * UNDERSTUDY_CONFIG, else the user's, else the machine's, else nothing but defaults; and before them what the
 * policy of the machine says.
 */
export async function findClientConfig(
  surroundings: ClientSurroundings = ownSurroundings(),
): Promise<FoundClientConfig> {
  const policy = surroundings.clientPolicy();
  if (!policy.ok) return { ok: false, code: 'CLIENT_CONFIG_INVALID', message: policy.message };
  const found = await readFirst(surroundings);
  if (!found.ok) return found;
  return {
    ...found,
    config: applyClientPolicy(found.config, policy.policy),
    ruled: Object.keys(policy.policy),
  };
}

/** The client configuration of this user. */
export function userConfigFile({
  env,
  ownDirectory,
  workingDirectory,
}: Pick<ClientSurroundings, 'env' | 'ownDirectory' | 'workingDirectory'>): string {
  const named = env['UNDERSTUDY_CONFIG'];
  return named ? resolve(workingDirectory, named) : join(ownDirectory, 'client.json');
}

async function readFirst(surroundings: ClientSurroundings): Promise<FoundClientConfig> {
  const named = Boolean(surroundings.env['UNDERSTUDY_CONFIG']);
  const own = userConfigFile(surroundings);
  for (const path of named ? [own] : [own, machineConfigFile(surroundings)]) {
    const found = await readConfigFile(path);
    if (found !== null) return found;
    if (named) return failure('FILE_UNREADABLE', `${path} cannot be read: there is no such file.`);
  }
  return { ok: true, config: clientConfigSchema.parse({}), file: null, ruled: [] };
}

/** Null: there is no such file. */
async function readConfigFile(path: string): Promise<FoundClientConfig | null> {
  let text: string;
  try {
    text = decodeText(await readBoundedFile(path, configBytesMax));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    return describeUnreadable(path, error);
  }
  const parsed = parseClientConfig(text);
  if (parsed.ok) return { ok: true, config: parsed.config, file: path, ruled: [] };
  const message = `The client configuration ${path} cannot be used. ${parsed.message}`;
  return failure('CLIENT_CONFIG_INVALID', message);
}

function describeUnreadable(path: string, error: unknown): FoundClientConfig {
  const isNot = `${path} is not a client configuration: `;
  if (error instanceof NotText) return failure('FILE_NOT_TEXT', `${isNot}${error.message}.`);
  if (error instanceof TooLong) {
    return failure('FILE_TOO_LARGE', `${isNot}it is longer than ${configBytesMax} bytes.`);
  }
  return failure('FILE_UNREADABLE', `${path} cannot be read: ${describeSystemError(error)}.`);
}

function failure(code: ClientConfigFailure, message: string): FoundClientConfig {
  return { ok: false, code, message };
}
