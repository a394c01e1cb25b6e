import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { inRoot } from './paths.mjs';
import { buildWindowsHost } from './windows-host.mjs';

/**
 * electron-builder's hook: puts the command line and the service into the program for Windows, and the templates
 * of Group Policy for licence clients.
 */
export default async function afterPack({ appOutDir, electronPlatformName }) {
  if (electronPlatformName !== 'win32') return;
  // In a folder of its own: its name and that of Understudy.exe are one to Windows.
  await buildWindowsHost(join(appOutDir, 'bin', 'understudy.exe'));
  await cp(inRoot('assets/windows/policy'), join(appOutDir, 'policy'), { recursive: true });
}
