import { execFile } from 'node:child_process';

const watcher = 'org.kde.StatusNotifierWatcher';
const askWithinMs = 2_000;

/**
 * Asks whether there is a watcher, by either of two programs; one of them is on every desktop with a
 * session bus.
 */
const questions: [program: string, args: string[]][] = [
  [
    'dbus-send',
    [
      ...['--session', '--print-reply=literal', '--dest=org.freedesktop.DBus'],
      ...['/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner', `string:${watcher}`],
    ],
  ],
  [
    'gdbus',
    [
      ...['call', '--session', '--dest', 'org.freedesktop.DBus'],
      ...['--object-path', '/org/freedesktop/DBus'],
      ...['--method', 'org.freedesktop.DBus.NameHasOwner', watcher],
    ],
  ],
];

/**
 * Whether something shows tray icons here. Always on Windows and macOS; on Linux only with a
 * StatusNotifierWatcher on the session bus, which GNOME has not without an extension. False when it
 * cannot be found out: a window that stays within reach does no harm.
 */
export async function hasTrayHost(platform: NodeJS.Platform): Promise<boolean> {
  if (platform !== 'linux') return true;
  for (const [program, args] of questions) {
    const answer = await ask(program, args);
    if (answer !== null) return /\btrue\b/.test(answer);
  }
  return false;
}

function ask(program: string, args: string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: askWithinMs }, (error, stdout) =>
      resolve(error ? null : stdout),
    );
  });
}
