import { adminCommand, installPackages } from './apt.mjs';
import { findDisksWithoutRoom } from './disk-room.mjs';
import { describeElectron, ensureElectron, findElectron } from './electron.mjs';
import { holdingLock } from './lock.mjs';
import { installModules, whyModulesAreWanting } from './modules.mjs';
import { runsProduct, whyNodeIsUnfit } from './node-version.mjs';
import { runDirectly } from './run-directly.mjs';
import { say, Stop } from './say.mjs';
import { findMissingPackages } from './system-libraries.mjs';

/**
 * Makes a fresh checkout ready for a command. All that is wanting and cannot be had is said first, in one
 * message, before anything is downloaded. A second run takes a fraction of a second.
 *
 * `needs` is what for: `tools` (the node modules), `files` (those of Electron too, not to be run), `node`
 * (a Node that runs the product: Electron's, or this one where Electron has not got its libraries),
 * `window` (Electron), `tests` (Electron, and what the tests call). Resolves to the runtime, which
 * `tools` have none of.
 *
 * @param {{ needs: 'tools' | 'files' | 'node' | 'window' | 'tests', quiet?: boolean,
 *   ownNode?: () => boolean }} options
 *   `ownNode` says whether this Node runs what is asked for; unless told, a Node of Electron's line does.
 */
export async function bootstrap({ needs, quiet = false, ownNode = runsProduct }) {
  return holdingLock('set-up', async () => {
    const plan = makePlan(needs, ownNode);
    stopWhereWanting(plan);
    if (plan.modules !== null) await installModules(plan.modules);
    if (needs === 'tools') return null;
    if (plan.isOwnNode) return ownRuntime({ plan, quiet });
    const electron = await ensureElectron();
    if (plan.packages.length > 0) await installPackages(plan.packages);
    if (!quiet) say(await describeElectron(electron));
    return electron;
  });
}

function makePlan(needs, ownNode) {
  const nodeTrouble = whyNodeIsUnfit();
  const modules = whyModulesAreWanting();
  const runs = needs !== 'tools' && needs !== 'files';
  const packages = runs ? findMissingPackages({ tests: needs === 'tests' }) : [];
  const isRoot = process.getuid?.() === 0;
  const refused = packages.length > 0 && !isRoot;
  // Tests go as far as they can: those that need no window need no Electron.
  const isOwnNode = refused && (needs === 'node' || needs === 'tests') && ownNode();
  const steps = [
    ...(modules === null ? [] : ['modules']),
    ...(needs === 'tools' || isOwnNode || findElectron() ? [] : ['electron']),
    ...(packages.length > 0 && isRoot ? ['packages'] : []),
  ];
  return { needs, nodeTrouble, modules, packages, refused, isOwnNode, steps };
}

function stopWhereWanting({ needs, nodeTrouble, packages, refused, isOwnNode, steps }) {
  const wanting = [
    ...(nodeTrouble === null ? [] : [nodeTrouble]),
    ...findDisksWithoutRoom(steps),
    ...(refused && !isOwnNode ? [describePackages(packages, needs)] : []),
  ];
  if (wanting.length === 0) return;
  const list = wanting.map((text) => `- ${text}`).join('\n');
  throw new Stop(`This has to be put right first; nothing was downloaded or changed:\n\n${list}`);
}

function describePackages(packages, needs) {
  const without =
    needs === 'window' ? ' Without them a server runs without a window: unset DISPLAY.' : '';
  return (
    `${packages.length} system packages are missing, and only root can install them. An admin ` +
    `types, as root:\n    ${adminCommand(packages)}\n  ` +
    'Without them npm run check and npm run build work, and the command line but for serve; with ' +
    `Node 24 or newer also serve, the demo and the tests that need no window.${without}`
  );
}

/** This Node in the place of Electron's. `lacking` names the packages for which Electron cannot run. */
function ownRuntime({ plan, quiet }) {
  if (!quiet) {
    say(
      `Electron cannot run here without these system packages; as root:\n    ` +
        `${adminCommand(plan.packages)}\nNode ${process.versions.node} takes its place where no ` +
        'window is needed.',
    );
  }
  return { binary: process.execPath, folder: null, official: false, lacking: plan.packages };
}

runDirectly(import.meta.url, async () => void (await bootstrap({ needs: 'tests' })));
