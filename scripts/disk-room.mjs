import { existsSync, statfsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';

const MB = 1_000_000;

/**
 * What each step of the set-up writes at most, in bytes and files, with what it needs only for a while.
 * `where` is a folder on the disk that it writes to. Measured on Debian 12 and 13, and rounded up.
 */
const needs = {
  modules: [
    { where: root, bytes: 900 * MB, files: 95_000 },
    { where: npmCache(), bytes: 350 * MB, files: 5_000 },
  ],
  electron: [
    { where: root, bytes: 500 * MB, files: 1_000 },
    { where: npmCache(), bytes: 150 * MB, files: 100 },
  ],
  packages: [
    { where: '/usr', bytes: 350 * MB, files: 8_000 },
    { where: '/var/cache/apt', bytes: 150 * MB, files: 300 },
  ],
};

// npm names its cache to the scripts that it starts.
function npmCache() {
  const told = process.env.npm_config_cache;
  if (told) return told;
  return process.platform === 'win32'
    ? join(process.env.LOCALAPPDATA ?? homedir(), 'npm-cache')
    : join(homedir(), '.npm');
}

/**
 * Which disks lack room for these steps of the set-up, one sentence each.
 * @param {('modules' | 'electron' | 'packages')[]} steps
 */
export function findDisksWithoutRoom(steps) {
  const disks = new Map();
  for (const { where, bytes, files } of steps.flatMap((step) => needs[step])) {
    const folder = nearestFolder(where);
    const { dev } = statSync(folder);
    const disk = disks.get(dev) ?? { folder, bytes: 0, files: 0 };
    disks.set(dev, { ...disk, bytes: disk.bytes + bytes, files: disk.files + files });
  }
  return [...disks.values()].map(describeLack).filter((lack) => lack !== null);
}

function describeLack({ folder, bytes, files }) {
  const { bavail, bsize, files: filesMax, ffree } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes) {
    return `The disk of ${folder} needs ${inMB(bytes)} of room and has ${inMB(free)} free.`;
  }
  // Some file systems make room for files as they go and say 0.
  if (filesMax > 0 && ffree < files) {
    return `The disk of ${folder} needs room for ${files} files and has it for ${ffree} (df -i).`;
  }
  return null;
}

const inMB = (bytes) => `${Math.ceil(bytes / MB)} MB`;

function nearestFolder(path) {
  return existsSync(path) ? path : nearestFolder(dirname(path));
}
