// Makes the wizard around the installer for Windows: node scripts/wizard.mjs FILE.msi OUTPUT.exe
import { readFile, rename } from 'node:fs/promises';
import { resolve } from 'node:path';
import { lastLines } from './apt.mjs';
import { inRoot } from './paths.mjs';
import { runStep } from './process.mjs';
import { runDirectly } from './run-directly.mjs';
import { Stop } from './say.mjs';

/** `version`: package.json's unless told. The wizard is there as a whole or not at all. */
export async function makeWizard(msi, output, options = {}) {
  const description = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));
  const { version = description.version } = options;
  const made = `${resolve(output)}.part`;
  const values = {
    MSI: resolve(msi),
    OUTPUT: made,
    VERSION: version,
    VERSION_NUMBERS: version.replace(/-.*/, ''),
    ICON: inRoot('assets/icon.ico'),
    LICENSE: inRoot('LICENSE'),
  };
  const defines = Object.entries(values).map(([name, value]) => `-D${name}=${value}`);
  const script = inRoot('assets/windows/wizard.nsi');
  const { status, output: said } = await runStep('makensis', ['-V2', '-WX', ...defines, script]);
  if (status !== 0) throw new Stop(`makensis failed:\n${lastLines(said, 20)}`);
  await rename(made, output);
}

runDirectly(import.meta.url, async () => {
  const [msi, output] = process.argv.slice(2);
  if (output === undefined) throw new Stop('Usage: node scripts/wizard.mjs FILE.msi OUTPUT.exe');
  await makeWizard(msi, output);
});
