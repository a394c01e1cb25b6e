import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './paths.mjs';

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program in the foreground, passes signals on to it and waits for its orderly end.
 * Resolves to its exit status; a signal counts as 128 and its number, a start that failed as 127.
 */
export function run(command, args, options = {}) {
  const { env = {}, cwd = root, stdio = 'inherit', shell = false, timeoutMs } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      stdio,
      shell,
      timeout: timeoutMs,
      env: { ...process.env, ...env },
    });
    // Ctrl-C in a terminal reaches the whole foreground group by itself; a second copy would cut an
    // orderly stop short.
    const forward = (signal) => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of passedOn) process.on(signal, forward);
    const parentWatch = whenNpmIsGone(() => child.kill('SIGTERM'));
    const end = (status) => {
      clearInterval(parentWatch);
      for (const signal of passedOn) process.off(signal, forward);
      resolve(status);
    };
    child.on('error', (error) => {
      process.stderr.write(`${command} could not be started: ${error.message}\n`);
      end(127);
    });
    child.on('exit', (code, signal) => end(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
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
