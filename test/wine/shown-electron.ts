import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { must } from '../bare/base-root.ts';
import { loadScript } from '../unit/scripts/load-script.ts';
import { cache } from '../windows/windows-root.ts';

interface ElectronScript {
  ensureRepackagingFor(platform: 'win32'): Promise<{ binary: string }>;
}

/** Chromium calls it when it first shows a window; wine 10 has it not, and the process would end. */
const lacking = Buffer.from('IsWindowArranged\0');
/** Takes the same argument, and is false as well for a window that is not arranged. */
const instead = Buffer.from('IsHungAppWindow\0\0');

/** Electron for Windows in a copy that can show windows under wine; its program. */
export async function prepareShownElectron(): Promise<string> {
  const { ensureRepackagingFor } = await loadScript<ElectronScript>('electron');
  const { binary } = await ensureRepackagingFor('win32');
  const folder = join(cache, `${basename(dirname(binary))}-shown`);
  const program = join(folder, basename(binary));
  if (existsSync(program)) return program;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  must('cp', ['-a', dirname(binary), part]);
  const bytes = readFileSync(binary);
  let at = bytes.indexOf(lacking);
  if (at === -1) throw new Error('Electron calls IsWindowArranged no longer: no copy is needed');
  for (; at !== -1; at = bytes.indexOf(lacking, at + 1)) instead.copy(bytes, at);
  writeFileSync(join(part, basename(binary)), bytes);
  renameSync(part, folder);
  return program;
}
