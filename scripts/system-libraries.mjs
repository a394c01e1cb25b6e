import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What Debian and its relatives have to have installed, beside what these packages bring along.
 * `time64` is the name since the change of the time type (Debian 13, Ubuntu 24.04); `library` is what
 * Electron loads, also long after its start; `program` is what a command or a test calls. What is for
 * `windows` builds what runs there, which the tests do too.
 */
const packages = [
  { name: 'libgtk-3-0', time64: 'libgtk-3-0t64', library: 'libgtk-3.so.0', for: 'running' },
  { name: 'libnss3', library: 'libnss3.so', for: 'running' },
  { name: 'libasound2', time64: 'libasound2t64', library: 'libasound.so.2', for: 'running' },
  { name: 'libgbm1', library: 'libgbm.so.1', for: 'running' },
  { name: 'libatspi2.0-0', time64: 'libatspi2.0-0t64', library: 'libatspi.so.0', for: 'running' },
  // Without it Chromium's window system ends the program by an illegal instruction, without a word.
  { name: 'libx11-xcb1', library: 'libX11-xcb.so.1', for: 'running' },
  { name: 'libnotify4', library: 'libnotify.so.4', for: 'running' },
  { name: 'xvfb', program: 'xvfb-run', for: 'tests' },
  { name: 'xauth', program: 'xauth', for: 'tests' },
  { name: 'dbus', program: 'dbus-run-session', for: 'tests' },
  // The failover tests give every server a network namespace.
  { name: 'iproute2', program: 'ip', for: 'tests' },
  // One of them has a firewall begin to refuse.
  { name: 'iptables', program: 'iptables', for: 'tests' },
  // Sets the clock of one process, for what a wrong clock must not do.
  { name: 'libfaketime', for: 'tests' },
  // The README's test types its commands, one of which is curl.
  { name: 'curl', program: 'curl', for: 'tests' },
  { name: 'gcc-mingw-w64-x86-64-win32', program: 'x86_64-w64-mingw32-gcc', for: 'windows' },
  { name: 'wixl', program: 'wixl', for: 'windows' },
  { name: 'msitools', program: 'msibuild', for: 'windows' },
  { name: 'nsis', program: 'makensis', for: 'windows' },
  { name: 'osslsigncode', program: 'osslsigncode', for: 'windows' },
];

export const hasDpkg = () => process.platform === 'linux' && existsSync('/usr/bin/dpkg-query');

/** Names of the packages that are missing here, as they are called here; none where dpkg is not. */
export function findMissingPackages({ tests }) {
  return findMissing(tests ? ['running', 'tests', 'windows'] : ['running']);
}

/** What a package of the program depends on, on Debian before and since the change of the time type. */
export function runtimeDependencies() {
  return packages
    .filter((row) => row.for === 'running')
    .map(({ name, time64 }) => (time64 === undefined ? name : `${time64} | ${name}`));
}

/** Those that packaging for Windows takes; none where dpkg is not. */
export function findMissingWindowsTools() {
  return findMissing(['windows']);
}

function findMissing(purposes) {
  if (!hasDpkg()) return [];
  const wanted = packages.filter((row) => purposes.includes(row.for));
  const installed = findInstalled();
  const isTime64 = [...installed].some((name) => name.endsWith('t64'));
  return wanted
    .filter(({ name, time64 }) => !installed.has(name) && !installed.has(time64))
    .map(({ name, time64 }) => (isTime64 && time64) || name);
}

function findInstalled() {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n'], {
    encoding: 'utf8',
    maxBuffer: 64_000_000,
  });
  const lines = (stdout ?? '').split('\n').filter((line) => line.startsWith('installed '));
  return new Set(lines.map((line) => line.slice('installed '.length)));
}

/**
 * Libraries that the Electron in `folder` needs and the system's loader does not find, whoever packages
 * them: what it is linked with, and what it loads when it is running.
 */
export function findMissingLibraries(folder) {
  if (process.platform !== 'linux') return [];
  const linked = outputOf('ldd', [join(folder, 'electron')]).matchAll(/^\s*(\S+) => not found/gm);
  const cache = outputOf('/sbin/ldconfig', ['-p']);
  const loaded = packages.map(({ library }) => library).filter((library) => library !== undefined);
  const absent = cache === '' ? [] : loaded.filter((library) => !cache.includes(`\t${library} `));
  return [...new Set([...[...linked].map(([, library]) => library), ...absent])];
}

function outputOf(command, args) {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout ?? '';
}
