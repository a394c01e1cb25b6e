import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { closeToOthers, privateFileMode, privateFolderMode } from './own-files.ts';
import { NodeStartFailure } from './start-failure.ts';
import { closeFolder, isOpenToMany } from './windows-access.ts';
import { describeSqliteFailure } from './sqlite-failure.ts';

/** The folder of one server, held by this process until `release`. */
export interface DataDirectory {
  path: string;
  ledgerFile: string;
  settingsFile: string;
  pairedServersFile: string;
  bootsFile: string;
  dataLossFile: string;
  dissolvedFile: string;
  backupsFile: string;
  unattendedFile: string;
  notifyFile: string;
  /** From which licence files are taken, and what came of them. */
  licenseFolder: string;
  licenseFolderFile: string;
  logFile: string;
  /** Files in it, by their names in it, that other accounts may use and that stay so. */
  openToOthers: readonly string[];
  release(): void;
}

const lockWaitMs = 1_000;

const lockName = 'server.lock';
const formerLockName = 'node.lock';

/**
 * Makes the data directory if need be, checks that it can be written to and takes it for this
 * process. The operating system lets go of the lock when the process ends in whatever way, so that
 * nothing has to be cleaned up after a crash (docs/adr/0006-lock-file-and-reader.md).
 *
 * @throws {NodeStartFailure} DATA_DIRECTORY_UNUSABLE, DATA_DIRECTORY_BUSY
 */
export function openDataDirectory(given: string): DataDirectory {
  const path = resolve(given);
  makeUsable(path);
  const openToOthers = closeToOthers(path);
  const locks = takeLocks(path);
  return {
    path,
    ledgerFile: join(path, 'ledger.db'),
    settingsFile: join(path, 'server.json'),
    pairedServersFile: join(path, 'paired-servers.json'),
    bootsFile: join(path, 'boots.json'),
    dataLossFile: join(path, 'data-loss.json'),
    dissolvedFile: join(path, 'dissolved.json'),
    backupsFile: join(path, 'backups.json'),
    unattendedFile: join(path, 'unattended.json'),
    notifyFile: join(path, 'notify.json'),
    licenseFolder: join(path, 'licenses'),
    licenseFolderFile: join(path, 'license-folder.json'),
    logFile: join(path, 'logs', 'server.log'),
    openToOthers,
    release: () => {
      for (const lock of locks) lock.close();
    },
  };
}

// The permissions of a directory that is there already are its owner's business: those of the files in
// it do not rest on them.
function makeUsable(path: string): void {
  const probe = join(path, `.write-test-${process.pid}`);
  try {
    makeDirectory(path);
    writeFileSync(probe, 'understudy', { mode: privateFileMode });
    rmSync(probe);
  } catch (error) {
    throw unusable(path, error);
  }
}

// Makes one level at a time: with `recursive`, Node never returns where a file system takes no
// directories, such as /proc.
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  try {
    mkdirSync(path, { mode: privateFolderMode });
    // Below ProgramData everybody may read.
    if (process.platform === 'win32' && isOpenToMany(path) === true) closeFolder(path);
  } catch (error) {
    // Another server that starts at this moment may have made it.
    if (!existsSync(path)) throw error;
  }
}

// An open transaction on an empty database: the one lock that Node offers on every system. Nobody else
// may open the file, for whoever may read it can hold a lock on it too and keep the server from starting.
function takeLocks(path: string): DatabaseSync[] {
  const locks: DatabaseSync[] = [];
  try {
    const file = join(path, lockName);
    if (!existsSync(file)) closeSync(openSync(file, 'a', privateFileMode));
    locks.push(openLock(file));
    locks[0]?.exec('PRAGMA journal_mode = MEMORY');
    locks[0]?.exec('BEGIN EXCLUSIVE');
    const former = join(path, formerLockName);
    if (existsSync(former)) locks.push(shareLock(former));
    return locks;
  } catch (error) {
    for (const lock of locks) lock.close();
    if (describeSqliteFailure(error).kind !== 'busy') throw unusable(path, error);
    throw new NodeStartFailure(
      'DATA_DIRECTORY_BUSY',
      `Another Understudy server is running on the data directory ${path}. ` +
        'Use that one, stop it first, or give this one a directory of its own with --data-dir.',
    );
  }
}

// Servers of earlier versions held this one, which others may have open, alone. A share of it keeps
// them away and is kept away by them, and by nobody who can only read it.
function shareLock(file: string): DatabaseSync {
  const lock = openLock(file, true);
  try {
    lock.exec('BEGIN');
    lock.prepare('SELECT count(*) FROM sqlite_schema').get();
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

function openLock(file: string, readOnly = false): DatabaseSync {
  return new DatabaseSync(file, { timeout: lockWaitMs, readOnly });
}

function unusable(path: string, error: unknown): NodeStartFailure {
  const cause = error instanceof Error ? error.message : String(error);
  return new NodeStartFailure(
    'DATA_DIRECTORY_UNUSABLE',
    `The data directory ${path} cannot be used: ${cause}. The account that runs Understudy must be ` +
      'able to create and write files there, and the disk must have room; or choose another ' +
      'directory with --data-dir.',
  );
}
