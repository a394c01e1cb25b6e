import { readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { npm } from './npm.mjs';
import { say, Stop } from './say.mjs';

/** Installs the node modules when they are missing or differ from the lock file. */
export async function ensureModules() {
  const difference = firstDifference();
  if (difference === null) return;
  say(`Installing node modules (${difference}); about a minute the first time …`);
  const status = await npm([
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  if (status !== 0) {
    throw new Stop(
      'The node modules could not be installed. Check that the npm registry can be reached ' +
        '(npm ping), then run the same command again.',
    );
  }
}

// npm writes node_modules/.package-lock.json as the last step of an install, however it was started.
function firstDifference() {
  const wanted = readPackages(inRoot('package-lock.json'));
  const installed = readPackages(inRoot('node_modules', '.package-lock.json'));
  if (wanted === null)
    throw new Stop('package-lock.json is missing: get it back with git checkout.');
  if (installed === null) return 'none are installed';
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    if (found === undefined && optional) continue;
    if (found?.version !== version) return `${path.replace('node_modules/', '')} ${version} is new`;
  }
  return null;
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}
