import { describeElectron, ensureElectron } from './electron.mjs';
import { holdingLock } from './lock.mjs';
import { ensureModules } from './modules.mjs';
import { runMain, say, Stop } from './say.mjs';
import { ensureSystemLibraries } from './system-libraries.mjs';

/**
 * Makes a fresh checkout ready to run: node modules, the Electron runtime, system libraries.
 * Resolves to the runtime. A second run finds everything there and takes a fraction of a second.
 */
export async function bootstrap({ tests = false, quiet = false } = {}) {
  checkNode();
  return holdingLock('set-up', async () => {
    await ensureModules();
    const electron = await ensureElectron();
    await ensureSystemLibraries({ tests });
    if (!quiet) say(await describeElectron(electron));
    return electron;
  });
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Stop(
    `Node ${process.versions.node} is too old for the build tools: install Node 20.19 or newer.`,
  );
}

if (import.meta.filename === process.argv[1]) {
  runMain(async () => void (await bootstrap({ tests: process.argv.includes('--tests') })));
}
