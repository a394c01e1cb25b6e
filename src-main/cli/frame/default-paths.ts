import { posix, win32 } from 'node:path';
import type { Terminal } from './terminal.ts';

const productName = 'Understudy';

/**
 * The directory of this user: that of the node which the tray application runs, and where the tray
 * application and the licence client keep their files.
 */
export function userDirectory(
  terminal: Pick<Terminal, 'env' | 'platform' | 'homeDirectory'>,
): string {
  const { env, platform, homeDirectory } = terminal;
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

/** The client configuration for every user of this machine. */
export function machineConfigFile({ env, platform }: Pick<Terminal, 'env' | 'platform'>): string {
  switch (platform) {
    case 'win32':
      return win32.join(env['ProgramData'] || 'C:\\ProgramData', productName, 'client.json');
    case 'darwin':
      return posix.join('/Library/Application Support', productName, 'client.json');
    default:
      return '/etc/understudy/client.json';
  }
}
