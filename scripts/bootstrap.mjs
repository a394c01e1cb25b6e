import { adminCommand, installPackages } from './apt.mjs';
import { findDisksWithoutRoom } from './disk-room.mjs';
import { describeElectron, ensureElectron, findElectron, isOfficialDue } from './electron.mjs';
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
 * `tools` have none of, and as `lacking` the packages without which it does what it can.
 *
 * @param {{ needs: 'tools' | 'files' | 'node' | 'window' | 'tests', quiet?: boolean,
 *   ownNode?: () => boolean }} options
 *   `ownNode` says whether this Node runs what is asked for; unless told, a Node of Electron's line does.
 */
export async function bootstrap({ needs, quiet = false, ownNode = runsProduct }) {
  let plan = makePlan(needs, ownNode);
  stopWhereWanting(plan);
  if (plan.steps.length > 0 || plan.isElectronDue) {
    await holdingLock('set-up', async () => {
      // Another process may have done it meanwhile.
      plan = makePlan(needs, ownNode);
      stopWhereWanting(plan);
      await carryOut(plan);
    });
  }
  if (needs === 'tools') return null;
  const lacking = plan.refused ? plan.packages : [];
  if (lacking.length > 0 && !quiet) say(describeLacking(plan));
  if (plan.isOwnNode) return { binary: process.execPath, folder: null, official: false, lacking };
  const electron = findElectron();
  if (!quiet) say(await describeElectron(electron));
  return { ...electron, lacking };
}

async function carryOut({ modules, needsElectron, packages }) {
  if (modules !== null) await installModules(modules);
  if (needsElectron) await ensureElectron();
  if (packages.length > 0 && isRoot()) await installPackages(packages);
}

const isRoot = () => process.getuid?.() === 0;

function makePlan(needs, ownNode) {
  const nodeTrouble = whyNodeIsUnfit();
  const modules = whyModulesAreWanting();
  const runs = needs !== 'tools' && needs !== 'files';
  const packages = runs ? findMissingPackages({ tests: needs === 'tests' }) : [];
  const refused = packages.length > 0 && !isRoot();
  const canElectron = !refused || findMissingPackages({ tests: false }).length === 0;
  // Tests go as far as they can: those that need no window need no Electron.
  const isOwnNode = !canElectron && (needs === 'node' || needs === 'tests') && ownNode();
  const isLacking = refused && !isOwnNode && !(needs === 'tests' && canElectron);
  const needsElectron = needs !== 'tools' && !isOwnNode;
  const steps = [
    ...(modules === null ? [] : ['modules']),
    ...(needsElectron && findElectron() === null ? ['electron'] : []),
    ...(packages.length > 0 && isRoot() ? ['packages'] : []),
  ];
  const isElectronDue = needsElectron && isOfficialDue();
  return {
    ...{ needs, nodeTrouble, modules, packages, refused, isLacking },
    ...{ isOwnNode, needsElectron, isElectronDue, steps },
  };
}

function stopWhereWanting({ needs, nodeTrouble, packages, isLacking, steps }) {
  const wanting = [
    ...(nodeTrouble === null ? [] : [nodeTrouble]),
    ...findDisksWithoutRoom(steps),
    ...(isLacking ? [describePackages(packages, needs)] : []),
  ];
  if (wanting.length === 0) return;
  const list = wanting.map((text) => `- ${text}`).join('\n');
  throw new Stop(`This has to be put right first; nothing was downloaded or changed:\n\n${list}`);
}

function describePackages(packages, needs) {
  const more = findMissingPackages({ tests: true }).filter((name) => !packages.includes(name));
  const forTests = more.length > 0 ? `  for npm test as well, with: ${more.join(' ')}\n  ` : '';
  const without =
    needs === 'window' ? ' Without them a server runs without a window: unset DISPLAY.' : '';
  return (
    `${packages.length} system packages are missing, and only root can install them. An admin ` +
    `types, as root:\n    ${adminCommand(packages)}\n  ${forTests}` +
    'Without them npm run check and npm run build work, and the command line but for serve; with ' +
    `Node 24 or newer also serve, the demo and the tests that need no window.${without}`
  );
}

function describeLacking({ packages, isOwnNode }) {
  const instead = isOwnNode
    ? `Electron cannot run without them; Node ${process.versions.node} takes its place where no window is needed.`
    : 'What needs them does not run.';
  return `System packages are missing. As root:\n    ${adminCommand(packages)}\n${instead}`;
}

runDirectly(import.meta.url, async () => void (await bootstrap({ needs: 'tests' })));
