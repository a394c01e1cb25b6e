import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { unpackPackage } from '../bare/base-root.ts';
import { loadScript } from '../unit/scripts/load-script.ts';
import { cache, type Overlay } from '../windows/windows-root.ts';

/** This checkout with what only Windows needs beside it, which is written to without changing it. */
export interface WindowsCheckout {
  overlay: Overlay;
  /** Electron's program for Windows, as a path there. */
  electron: string;
  remove: () => void;
}

interface ElectronScript {
  ensureRepackagingFor(platform: 'win32'): Promise<{ binary: string }>;
}

/** What Vite has for each system. */
const bindings = ['@rolldown/binding-win32-x64-msvc', 'lightningcss-win32-x64-msvc'];

const lockSchema = z.object({
  packages: z.record(z.string(), z.looseObject({ version: z.string().optional() })),
});

export async function makeWindowsCheckout(): Promise<WindowsCheckout> {
  const checkout = resolve('.');
  const { ensureRepackagingFor } = await loadScript<ElectronScript>('electron');
  const { binary } = await ensureRepackagingFor('win32');
  const modules = prepareModules();
  const folder = mkdtempSync(join(cache, 'checkout-'));
  const [upper, work] = [join(folder, 'upper'), join(folder, 'work')];
  for (const made of [upper, work]) mkdirSync(made);
  return {
    overlay: { layers: [modules, checkout], upper, work },
    electron: `Z:\\w\\checkout\\${relative(checkout, binary).replaceAll('/', '\\')}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A folder with the modules of this checkout that npm installs on Windows only. */
function prepareModules(): string {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  const versions = bindings.map((name) => packages[`node_modules/${name}`]?.version ?? '');
  const folder = join(cache, `modules-${versions.join('-')}`);
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  for (const [at, name] of bindings.entries()) {
    const place = join(part, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    cpSync(unpackPackage(cache, name, versions[at] ?? ''), place, { recursive: true });
  }
  renameSync(part, folder);
  return folder;
}
