import { posix, win32 } from 'node:path';
import type { Terminal } from './terminal.ts';

const productName = 'Understudy';

/**
 * The directory of this user, the same one that Electron calls `userData`: the node's data directory
 * unless `--data-dir` says otherwise, and where the licence client keeps its files.
 */
export function userDirectory(
  terminal: Pick<Terminal, 'env' | 'platform' | 'homeDirectory'>,
): string {
  const { env, platform, homeDirectory } = terminal;
  switch (platform) {
    case 'win32': {
      const roaming = env['APPDATA'] || win32.join(homeDirectory, 'AppData', 'Roaming');
      return win32.join(roaming, productName);
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
