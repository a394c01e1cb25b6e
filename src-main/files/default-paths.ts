import { posix, win32 } from 'node:path';

const productName = 'Understudy';

/** Where the files of an application are found. */
export interface Surroundings {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * The directory of this user: that of the node which the tray application runs, and where the tray
 * application and the licence client keep their files.
 */
export function userDirectory(surroundings: Surroundings & { homeDirectory: string }): string {
  const { env, platform, homeDirectory } = surroundings;
  switch (platform) {
    case 'win32': {
      // Not the roaming profile: a log-on elsewhere would make a second server of the same identity.
      const local = env['LOCALAPPDATA'] || win32.join(homeDirectory, 'AppData', 'Local');
      return win32.join(local, productName);
    }
    case 'darwin':
      return posix.join(homeDirectory, 'Library', 'Application Support', productName);
    default:
      return posix.join(
        env['XDG_CONFIG_HOME'] || posix.join(homeDirectory, '.config'),
        productName,
      );
  }
}

/**
 * What is for every user of this machine: a folder that all can read and only administrators can write to. On
 * Windows that is below the programs: the data of a server in ProgramData is closed to users, and in a
 * folder beside it any of them could make a file.
 */
function machineDirectory({ env, platform }: Surroundings): string {
  switch (platform) {
    case 'win32': {
      // A program of 32 bits is told the folder of such ones under the usual name.
      const programs = env['ProgramW6432'] || env['ProgramFiles'] || 'C:\\Program Files';
      return win32.join(programs, productName);
    }
    case 'darwin':
      return posix.join('/Library/Application Support', productName);
    default:
      return '/etc/understudy';
  }
}

/** The client configuration for every user of this machine. */
export function machineConfigFile(surroundings: Surroundings): string {
  const path = surroundings.platform === 'win32' ? win32 : posix;
  return path.join(machineDirectory(surroundings), 'client.json');
}

/** What counts before every client configuration of this machine, where there is no registry for that. */
export function clientPolicyFile(surroundings: Surroundings): string {
  return posix.join(machineDirectory(surroundings), 'client-policy.json');
}
