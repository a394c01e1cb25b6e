// Makes the npm package of the licence client: release/understudy-licensing-client-VERSION.tgz.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { npm } from './npm.mjs';
import { inRoot, root } from './paths.mjs';
import { run } from './process.mjs';
import { runMain, say, Stop } from './say.mjs';
import { printUsage } from './usage.mjs';

const name = '@understudy-licensing/client';
const folder = inRoot('release', 'client');
const types = inRoot('.cache', 'tsc');
const entry = 'src-main/client-transport/index.d.ts';

runMain(async () => {
  if (printUsage('package:client', process.argv.slice(2))) return 0;
  await bootstrap({ needs: 'tools', quiet: true });
  process.chdir(root);
  const { build } = await import('vite');
  await build({ configFile: inRoot('vite.client.config.ts'), logLevel: 'warn' });
  await makeTypes();
  const { version, license, author, engines, devDependencies } = JSON.parse(
    await readFile(inRoot('package.json'), 'utf8'),
  );
  const description = {
    name,
    version,
    description: 'Floating licences of Understudy servers, for Node and Electron applications',
    ...{ author, license, engines },
    type: 'module',
    exports: { '.': { types: `./types/${entry}`, default: './index.js' } },
    types: `./types/${entry}`,
    files: ['index.js', 'types'],
    dependencies: {
      zod: devDependencies.zod,
      'bonjour-service': devDependencies['bonjour-service'],
    },
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
  await cp(inRoot('docs', 'client-package.md'), join(folder, 'README.md'));
  await cp(inRoot('LICENSE'), join(folder, 'LICENSE'));
  await npm(['pack', '--pack-destination', inRoot('release')], {
    cwd: folder,
    purpose: 'The package could not be made.',
  });
  say(`release/${name.slice(1).replace('/', '-')}-${version}.tgz`);
  return 0;
});

/** The declarations that the entry leads to, in the folders that they refer to each other by. */
async function makeTypes() {
  const program = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  if ((await run(process.execPath, [program, '-b', 'tsconfig.main.json'])) !== 0) {
    throw new Stop('The types are not sound: npm run check says where.');
  }
  const copied = new Set();
  const copy = async (file) => {
    if (copied.has(file)) return;
    copied.add(file);
    const text = await readFile(file, 'utf8');
    const target = join(folder, 'types', relative(types, file));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
    for (const [, path] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]+)['"]/g)) {
      await copy(join(dirname(file), path.replace(/\.ts$/, '.d.ts')));
    }
  };
  await copy(join(types, entry));
}
