// Makes the installer for Windows from the unpacked program: node scripts/msi.mjs TREE OUTPUT.msi
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { lastLines } from './apt.mjs';
import { makeMsiSource } from './msi-source.mjs';
import { completeMsi } from './msi-tables.mjs';
import { inRoot } from './paths.mjs';
import { runStep } from './process.mjs';
import { runDirectly } from './run-directly.mjs';
import { Stop } from './say.mjs';

/** `version`: package.json's unless told. The installer is there as a whole or not at all. */
export async function makeMsi(tree, output, options = {}) {
  const description = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));
  const { version = description.version } = options;
  const manufacturer = description.author;
  const folder = await mkdtemp(join(tmpdir(), 'understudy-msi-'));
  try {
    const source = join(folder, 'understudy.wxs');
    await writeFile(source, makeMsiSource({ tree, version, manufacturer }));
    const made = `${resolve(output)}.part`;
    // Its paths are relative to where it runs; absolute ones it does not take.
    const wixl = await runStep('wixl', ['-a', 'x64', '-o', made, source], { cwd: tree });
    if (wixl.status !== 0) throw new Stop(`wixl failed:\n${lastLines(wixl.output)}`);
    await completeMsi(made, folder);
    await rename(made, output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

runDirectly(import.meta.url, async () => {
  const [tree, output] = process.argv.slice(2);
  if (output === undefined) throw new Stop('Usage: node scripts/msi.mjs TREE OUTPUT.msi');
  await makeMsi(resolve(tree), output);
});
