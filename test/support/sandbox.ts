import { spawnSync } from 'node:child_process';

/**
 * Switches for an Electron that a test starts. Chromium's sandbox refuses to run as root, and another
 * user needs user namespaces for it, which containers and some distributions turn off: the program would
 * end before its first line.
 */
export const sandboxSwitches: readonly string[] = canSandbox() ? [] : ['--no-sandbox'];

function canSandbox(): boolean {
  if (process.platform !== 'linux') return true;
  if (process.getuid?.() === 0) return false;
  return spawnSync('unshare', ['--user', 'true'], { stdio: 'ignore' }).status === 0;
}
