import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { inRoot } from './paths.mjs';
import { say, Stop } from './say.mjs';

const folder = inRoot('node_modules');
// Written last of all: an install that was cut short has none, whatever npm says of it.
const marker = join(folder, '.set-up');

/** Why the node modules have to be installed; null when they are there, whole, and of this lock file. */
export function whyModulesAreWanting() {
  const lock = readPackages(inRoot('package-lock.json'));
  if (lock === null) {
    throw new Stop('package-lock.json is missing or damaged: get it back with git checkout.');
  }
  const difference = firstDifference(lock);
  if (difference !== null) return difference;
  if (readText(marker) === fingerprint()) return null;
  // npm itself was at work here: what it installed is used when it is whole.
  const hole = findHole(lock);
  if (hole === null) noteWhole();
  return hole;
}

/** Installs the node modules of the lock file, from nothing. */
export async function installModules(reason) {
  say(`Installing node modules (${reason}); about a minute the first time …`);
  await npm(['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'], {
    purpose: 'The node modules could not be installed.',
  });
  const lock = readPackages(inRoot('package-lock.json'));
  const hole = firstDifference(lock) ?? findHole(lock);
  if (hole !== null) {
    throw new Stop(
      `The node modules are not whole after their installation: ${hole}. Is there room on the disk? ` +
        'The same command installs them anew.',
    );
  }
  writeFileSync(marker, fingerprint());
}

// Another account than the owner of the checkout looks each time.
function noteWhole() {
  try {
    writeFileSync(marker, fingerprint());
  } catch (error) {
    if (error.code !== 'EACCES' && error.code !== 'EROFS') throw error;
  }
}

// What npm notes at the end of every install, with the versions of all packages.
const noteOfNpm = join(folder, '.package-lock.json');

function fingerprint() {
  return createHash('sha256')
    .update(readText(noteOfNpm) ?? '')
    .digest('hex');
}

function firstDifference(wanted) {
  const installed = readPackages(noteOfNpm);
  if (installed === null) return 'none are installed';
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    if (found === undefined && optional) continue;
    if (found?.version !== version) return `${path.replace('node_modules/', '')} ${version} is new`;
  }
  return null;
}

// Of some 80,000 files a few dozen are empty by intent; a full disk leaves thousands of them.
const emptyFilesMax = 200;

/** What an installation lacks that was cut short or had no room; null when it is whole. */
function findHole(lock) {
  for (const path of Object.keys(lock)) {
    const file = inRoot(path, 'package.json');
    if (path === '' || !existsSync(inRoot(path))) continue;
    if (readJson(file) === null) return `${path.replace('node_modules/', '')} is damaged`;
  }
  const empty = countEmptyFiles(folder);
  return empty > emptyFilesMax ? `${empty} files are empty` : null;
}

function countEmptyFiles(path) {
  let count = 0;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) count += countEmptyFiles(inner);
    else if (entry.isFile() && statSync(inner).size === 0) count += 1;
  }
  return count;
}

const readPackages = (file) => readJson(file)?.packages ?? null;

function readJson(file) {
  try {
    return JSON.parse(readText(file));
  } catch {
    return null;
  }
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
