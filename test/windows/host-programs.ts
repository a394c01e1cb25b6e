import { join } from 'node:path';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { loadScript } from '../unit/scripts/load-script.ts';

interface WindowsHostScript {
  ensureWindowsTools(): Promise<void>;
  buildWindowsHost(output: string): Promise<void>;
  buildForWindows(output: string, files: string[], libraries?: string[]): Promise<void>;
}

async function open(): Promise<WindowsHostScript> {
  const script = await loadScript<WindowsHostScript>('windows-host');
  await script.ensureWindowsTools();
  return script;
}

const hostParts = ['command-line', 'first-line', 'restart-policy', 'rotating-log'];

/** The path of a program that tests the parts of understudy.exe that need no service. */
export async function buildHostUnit(): Promise<string> {
  const program = join(makeTemporaryDirectory(), 'host-unit.exe');
  const parts = hostParts.map((part) => `src-main/windows-host/${part}.c`);
  const { buildForWindows } = await open();
  await buildForWindows(program, ['test/windows/programs/host-unit.c', ...parts], ['-lshell32']);
  return program;
}

/** The path of a program that prints who may use a pipe. */
export async function buildPipeAccess(): Promise<string> {
  const program = join(makeTemporaryDirectory(), 'pipe-access.exe');
  const { buildForWindows } = await open();
  await buildForWindows(program, ['test/windows/programs/pipe-access.c']);
  return program;
}

/** The path of a program that makes a pipe that belongs to somebody. */
export async function buildMakePipe(): Promise<string> {
  const program = join(makeTemporaryDirectory(), 'make-pipe.exe');
  const { buildForWindows } = await open();
  await buildForWindows(program, ['test/windows/programs/make-pipe.c']);
  return program;
}

/** Fills a folder as an installation has it: bin\understudy.exe, and an Understudy.exe that is none. */
export async function buildFakeInstallation(folder: string): Promise<void> {
  const { buildForWindows, buildWindowsHost } = await open();
  await buildWindowsHost(join(folder, 'bin', 'understudy.exe'));
  const fake = 'test/windows/programs/fake-understudy.c';
  await buildForWindows(join(folder, 'Understudy.exe'), [fake]);
}
