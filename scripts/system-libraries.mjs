import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { run } from './process.mjs';
import { say, Stop } from './say.mjs';

const forRunning = [
  'libgtk-3-0',
  'libnss3',
  'libasound2',
  'libgbm1',
  'libxss1',
  'libxtst6',
  'libatspi2.0-0',
  'libdrm2',
  'libnotify4',
];
const forTests = ['xvfb', 'xauth', 'dbus'];

/**
 * On Debian and its relatives: installs what Electron needs and does not bring along.
 * As another user than root it says the one command that does; elsewhere the desktop has them.
 */
export async function ensureSystemLibraries({ tests }) {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/dpkg-query')) return;
  const missing = findMissing(tests ? [...forRunning, ...forTests] : forRunning);
  if (missing.length === 0) return;
  if (process.getuid() !== 0) {
    throw new Stop(
      `System packages are missing. Install them with:\n  sudo apt-get install ${missing.join(' ')}`,
    );
  }
  say(`Installing system packages: ${missing.join(' ')} …`);
  const names = await namesHere(missing);
  if ((await apt(['install', '-y', '--no-install-recommends', ...names])) !== 0) {
    throw new Stop(`System packages could not be installed: apt-get install ${names.join(' ')}`);
  }
}

// Debian 13 and Ubuntu 24.04 renamed libraries that changed with the 64-bit time type.
const candidates = (name) => (name.startsWith('lib') ? [name, `${name}t64`] : [name]);

function findMissing(names) {
  const query = ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names.flatMap(candidates)];
  const { stdout } = spawnSync('dpkg-query', query, { encoding: 'utf8' });
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !candidates(name).some((candidate) => installed.has(candidate)));
}

async function namesHere(missing) {
  const known = missing.map(findCandidate);
  if (!known.includes(undefined)) return known;
  await apt(['update', '-qq']);
  return missing.map((name) => findCandidate(name) ?? name);
}

function findCandidate(name) {
  return candidates(name).find((candidate) => {
    const { stdout } = spawnSync('apt-cache', ['policy', candidate], { encoding: 'utf8' });
    return /Candidate: (?!\(none\))/.test(stdout ?? '');
  });
}

function apt(args) {
  const stdio = ['ignore', process.stderr, process.stderr];
  return run('apt-get', args, { stdio, env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' } });
}
