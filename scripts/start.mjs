// Runs Understudy from the checkout: the desktop application, or a windowless node without a display.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { ensureBuilt } from './build.mjs';
import { whyNoDisplay } from './display.mjs';
import { utf8Locale } from './locale.mjs';
import { inRoot, root } from './paths.mjs';
import { asNode, run } from './process.mjs';
import { runMain, say, statusOf } from './say.mjs';
import { ensureSessionBus } from './session-bus.mjs';
import { describeUnfit, readStartOptions } from './start-options.mjs';
import { findMissingLibraries } from './system-libraries.mjs';
import { printUsage } from './usage.mjs';

runMain(async () => {
  const args = process.argv.slice(2);
  if (printUsage('start', args)) return 0;
  const reason = await whyNoDisplay();
  const unfit = reason === null ? describeUnfit(args) : null;
  if (unfit !== null) {
    say(unfit);
    return wrongUsage;
  }
  const electron = await bootstrap({ needs: reason === null ? 'window' : 'node' });
  await ensureBuilt();
  return reason === null
    ? startDesktop(electron, args)
    : startWindowless(electron.binary, args, reason);
});

const wrongUsage = 2;

const statusesOfRequests = ['SIGHUP', 'SIGINT', 'SIGTERM'].map(statusOf);

async function startDesktop({ binary, folder }, args) {
  const bus = await ensureSessionBus();
  try {
    const status = await run(binary, [...switchesHere(), root, ...asElectronKnowsThem(args)], {
      env: { ...bus.env, ...utf8Locale(), ELECTRON_RUN_AS_NODE: undefined },
    });
    if (status !== 0 && !statusesOfRequests.includes(status)) say(describeEnd(status, folder));
    return status;
  } finally {
    bus.close();
  }
}

// The desktop application's data directory is Electron's; its own messages, and a server without a
// window, call it by the other name. Chromium takes no value from the word after an option.
function asElectronKnowsThem(args) {
  const { dataDir, others } = readStartOptions(args);
  return dataDir === undefined ? others : [`--user-data-dir=${dataDir}`, ...others];
}

function describeEnd(status, folder) {
  const crash = Object.keys(constants.signals).find((signal) => statusOf(signal) === status);
  const how = crash ? `crashed (${crash})` : `ended with status ${status}`;
  const missing = findMissingLibraries(folder);
  const why =
    missing.length > 0
      ? `Libraries of the system are missing that it needs: ${missing.join(', ')}.`
      : 'What it printed above may say why.';
  return (
    `\nUnderstudy ${how}. ${why} If the display is the trouble, unset DISPLAY and WAYLAND_DISPLAY: ` +
    'npm start then runs a server without a window.'
  );
}

function switchesHere() {
  if (process.platform !== 'linux') return [];
  return [
    ...(canSandbox() ? [] : ['--no-sandbox']),
    // Without a graphics card the GPU process only fails, and window captures with it.
    ...(existsSync('/dev/dri') ? [] : ['--disable-gpu']),
  ];
}

// Chromium's sandbox refuses to run as root, and another user needs user namespaces for it, which
// containers and some distributions turn off. A checkout runs without it then; an installed program never.
function canSandbox() {
  if (process.getuid() === 0) return false;
  const { error, status } = spawnSync('unshare', ['--user', 'true'], { stdio: 'ignore' });
  return error !== undefined || status === 0;
}

function startWindowless(binary, args, reason) {
  const { dataDir = electronUserData(), serve, rest } = readStartOptions(args);
  say(`Starting without a window: ${reason}.\nData directory: ${dataDir}\nCtrl-C stops it.`);
  if (rest.length > 0) say(`Of no use without a window: ${rest.join(' ')}`);
  const file = inRoot('dist/main/serve.js');
  return run(binary, [file, '--data-dir', dataDir, ...serve], { env: { ...asNode } });
}

// Where Electron puts the data of an application of this name.
function electronUserData() {
  const { productName } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const config = process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  const folders = {
    win32: process.env.APPDATA,
    darwin: join(homedir(), 'Library', 'Application Support'),
  };
  return join(folders[process.platform] ?? config, productName);
}
