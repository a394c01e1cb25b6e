// Builds src-* into dist/, when run by itself; `ensureBuilt` does so only when something has changed.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { holdingLock } from './lock.mjs';
import { inRoot, root } from './paths.mjs';
import { runDirectly } from './run-directly.mjs';
import { say, Stop } from './say.mjs';
import { printUsage } from './usage.mjs';

const targets = ['main', 'preload', 'renderer'];
const sources = ['src-main', 'src-renderer', 'src-shared', 'assets'];
const settings = ['package.json', 'package-lock.json', ...targets.map(configOf)];
const stampFile = inRoot('dist', '.stamp');

export async function ensureBuilt({ quiet = false } = {}) {
  if ((await stampOfSources()) === readStamp()) return;
  await holdingLock('build', async () => {
    const stamp = await stampOfSources();
    if (stamp === readStamp()) return;
    const begun = Date.now();
    if (!quiet) say('Building …');
    await rm(stampFile, { force: true });
    await buildAll();
    await removeOlder(inRoot('dist'), begun);
    await writeFile(stampFile, stamp);
    if (!quiet) say(`Built in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  });
}

function configOf(target) {
  return `vite.${target}.config.ts`;
}

async function buildAll() {
  process.chdir(root);
  const { build } = await import('vite');
  for (const target of targets) {
    try {
      await build({ configFile: inRoot(configOf(target)), logLevel: 'warn' });
    } catch (error) {
      throw new Stop(`The ${target} part could not be built:\n${error.message}`);
    }
  }
}

// Only at the end: what is running must not find its folder empty while it is built anew.
async function removeOlder(folder, begunMs) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((found) => found.isFile())) {
    const file = join(entry.parentPath, entry.name);
    if ((await stat(file)).mtimeMs < begunMs - mtimeCoarsenessMs) await rm(file);
  }
}

const mtimeCoarsenessMs = 2000;

function readStamp() {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return null;
  }
}

async function stampOfSources() {
  const hash = createHash('sha256');
  for (const file of settings) hash.update(readFileSync(inRoot(file)));
  for (const folder of sources) {
    const entries = await readdir(inRoot(folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    for (const file of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
      const { size, mtimeMs } = await stat(file);
      hash.update(`${file} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

runDirectly(import.meta.url, async (args) => {
  if (printUsage('build', args)) return;
  await bootstrap({ needs: 'tools', quiet: true });
  await rm(stampFile, { force: true });
  await ensureBuilt();
});
