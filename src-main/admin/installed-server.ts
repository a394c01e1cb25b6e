import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineFileSchema } from '../../src-shared/model/machine-file.ts';
import { parseJson } from '../../src-shared/model/json.ts';
import { systemCodeOf } from '../files/system-error.ts';

/** The server that was installed on this machine to start with it; its service may run or not. */
export interface InstalledServer {
  dataDirectory: string;
}

export interface Surroundings {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
}

/** Names another file than the machine's, in the place of the registry as well. */
export const machineFileVariable = 'UNDERSTUDY_MACHINE_FILE';

const serviceKey = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\Understudy\\Parameters';

/**
 * Finds the server of the machine: in the settings of the service on Windows, else in
 * `/etc/understudy/machine.json` (`machineFileSchema`). Null: none is installed.
 *
 * @throws {DamagedMachineFile} the file is there and says nothing
 */
export function findInstalledServer({ platform, env }: Surroundings): InstalledServer | null {
  const told = env[machineFileVariable];
  if (told) return readMachineFile(told);
  switch (platform) {
    case 'win32':
      return readServiceSettings(env['SystemRoot'] ?? 'C:\\Windows');
    case 'darwin':
      return readMachineFile('/Library/Application Support/Understudy/machine.json');
    default:
      return readMachineFile('/etc/understudy/machine.json');
  }
}

/** The message is for an admin. */
export class DamagedMachineFile extends Error {
  override name = 'DamagedMachineFile';
}

function readMachineFile(file: string): InstalledServer | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
  const parsed = machineFileSchema.safeParse(parseJson(text));
  if (!parsed.success) throw damaged(file, 'it has no "dataDirectory"');
  return parsed.data;
}

function damaged(file: string, why: string): DamagedMachineFile {
  return new DamagedMachineFile(
    `${file}, which names the data directory of the server that is installed here, cannot be used: ` +
      `${why}. Install Understudy again, or say which data directory with --data-dir.`,
  );
}

/** Exported to a file, which is in UTF-16: on a pipe, letters of other alphabets would be lost. */
function readServiceSettings(windows: string): InstalledServer | null {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-'));
  try {
    const file = join(folder, 'service.reg');
    const reg = join(windows, 'System32', 'reg.exe');
    spawnSync(reg, ['export', serviceKey, file, '/y'], { stdio: 'ignore', windowsHide: true });
    return parseServiceSettings(readFileSync(file, 'utf16le'));
  } catch {
    // Without such a key the export wrote no file.
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** From the text of a registry file. The installer notes where no service was wanted. */
export function parseServiceSettings(text: string): InstalledServer | null {
  const values = new Map(
    [...text.matchAll(/^"(\w+)"="((?:[^"\\]|\\.)*)"\r?$/gm)].map(([, name, value]) => [
      name,
      value?.replaceAll(/\\(.)/g, '$1') ?? '',
    ]),
  );
  const directory = values.get('DataDirectory');
  if (!directory || values.get('SetupService') === '0') return null;
  const isDrive = /^[a-z]:\\$/i.test(directory);
  return { dataDirectory: isDrive ? directory : directory.replace(/\\+$/, '') };
}
