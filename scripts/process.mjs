import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './paths.mjs';
import { statusOf, stoppedBy } from './say.mjs';

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const groupEndMsMax = 8_000;

/**
 * Runs a program in the foreground, passes signals on to it and waits for its orderly end.
 * Resolves to its exit status; a signal counts as 128 and its number, a start that failed as 127.
 * With `group` signals reach all that it has started, as `groupSignal` when that is given.
 */
export async function run(command, args, options = {}) {
  const { status } = await runAndFollow(command, args, options);
  return status;
}

/**
 * Runs a step of the set-up without showing what it prints. Resolves to its status and its `output`,
 * of which the end is kept; a signal that came meanwhile ends the script, however the step took it.
 */
export async function runStep(command, args, options = {}) {
  let output = '';
  const keep = (text) => {
    output = (output + text).slice(-outputCharsMax);
  };
  const stdio = ['ignore', 'pipe', 'pipe'];
  const { status, signal } = await runAndFollow(command, args, {
    ...options,
    stdio,
    onOutput: keep,
  });
  if (signal !== null) throw stoppedBy(signal);
  return { status, output };
}

const outputCharsMax = 1_000_000;

function runAndFollow(command, args, options) {
  const { env = {}, cwd = root, stdio = 'inherit', shell = false, timeoutMs, onOutput } = options;
  const { group = false, groupSignal } = options;
  const detached = group && process.platform !== 'win32';
  return new Promise((resolve) => {
    let received = null;
    const child = spawn(command, args, {
      cwd,
      stdio,
      shell,
      detached,
      timeout: timeoutMs,
      env: { ...process.env, ...env },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => onOutput?.(text));
    }
    const forward = (signal) => {
      received ??= signal;
      if (detached) return void signalGroup(child.pid, groupSignal ?? signal);
      // Ctrl-C in a terminal reaches the whole foreground group by itself; a second copy would cut an
      // orderly stop short.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of passedOn) process.on(signal, forward);
    const parentWatch = whenNpmIsGone(() => process.kill(process.pid, 'SIGTERM'));
    const end = async (status) => {
      if (detached && received !== null) await waitForGroup(child.pid);
      clearInterval(parentWatch);
      for (const signal of passedOn) process.off(signal, forward);
      resolve({ status, signal: received });
    };
    child.on('error', (error) => {
      process.stderr.write(`${command} could not be started: ${error.message}\n`);
      void end(127);
    });
    child.on('close', (code, signal) => void end(code ?? statusOf(signal)));
  });
}

// Its first process may be a shell that is gone at once; what it started ends in its own time, or is ended.
async function waitForGroup(pid) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    const until = Date.now() + groupEndMsMax;
    while (Date.now() < until) {
      if (!signalGroup(pid, 0)) return;
      await sleep(100);
    }
    signalGroup(pid, signal);
  }
}

/** False when nothing of the group is left. */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
    return false;
  }
}

// A SIGTERM to npm ends npm and its shell, and the shell passes nothing on: what it started would stay.
function whenNpmIsGone(act) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32')
    return undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, 250);
  return watch.unref();
}

/** Environment that makes an Electron binary run as plain Node. */
export const asNode = { ELECTRON_RUN_AS_NODE: '1' };
