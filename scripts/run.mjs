// node scripts/run.mjs FILE.ts [ARGUMENTS]: runs a TypeScript file on Electron's Node.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap } from './bootstrap.mjs';
import { inRoot } from './paths.mjs';
import { asNode, run } from './process.mjs';
import { runMain, Stop } from './say.mjs';

runMain(async () => {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) throw new Stop('Usage: node scripts/run.mjs FILE.ts [ARGUMENTS]');
  const { binary } = await bootstrap({ needs: 'node' });
  const version = pathToFileURL(inRoot('scripts/app-version.mjs')).href;
  const node = ['--disable-warning=ExperimentalWarning', '--import', version];
  return run(binary, [...node, resolve(file), ...args], { env: { ...asNode } });
});
