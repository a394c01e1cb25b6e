import { readFileSync } from 'node:fs';
import { machineFileSchema } from '../../src-shared/model/machine-file.ts';
import { parseJson } from '../../src-shared/model/json.ts';
import type { Surroundings } from '../files/default-paths.ts';
import { readRegistryKey, type RegistryValues } from '../files/registry.ts';
import { systemCodeOf } from '../files/system-error.ts';

/** The server that was installed on this machine to start with it; its service may run or not. */
export interface InstalledServer {
  dataDirectory: string;
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
      return serverOfSettings(readRegistryKey(serviceKey, env) ?? new Map());
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

/** As `readRegistryKey` gives them. The installer notes where no service was wanted. */
export function serverOfSettings(settings: RegistryValues): InstalledServer | null {
  const directory = settings.get('datadirectory');
  if (typeof directory !== 'string' || directory === '') return null;
  if (settings.get('setupservice') === '0') return null;
  const isDrive = /^[a-z]:\\$/i.test(directory);
  return { dataDirectory: isDrive ? directory : directory.replace(/\\+$/, '') };
}
