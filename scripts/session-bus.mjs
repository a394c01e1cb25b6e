import { spawn } from 'node:child_process';

const answerWithinMs = 5000;

/**
 * A D-Bus session bus for Electron where the session has none. `dbus-run-session` would do, but it dies
 * of a SIGTERM without passing it on, and Understudy could not say goodbye.
 */
export async function ensureSessionBus() {
  if (process.platform !== 'linux' || process.env.DBUS_SESSION_BUS_ADDRESS) return noBus;
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    // Its own group: a Ctrl-C in the terminal must not take the bus away before the program has ended.
    detached: true,
  });
  const address = await new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), answerWithinMs);
    const end = (text) => {
      clearTimeout(timer);
      resolve(text);
    };
    daemon.stdout.setEncoding('utf8').once('data', (text) => end(text.trim()));
    daemon.once('error', () => end(null));
    daemon.once('exit', () => end(null));
  });
  if (address === null) return noBus;
  return { env: { DBUS_SESSION_BUS_ADDRESS: address }, close: () => daemon.kill() };
}

const noBus = { env: {}, close: () => undefined };
