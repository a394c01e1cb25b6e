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
    const end = (status) => {
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

/** Environment that makes an Electron binary run as plain Node. */
export const asNode = { ELECTRON_RUN_AS_NODE: '1' };
