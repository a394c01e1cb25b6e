import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NodeStartFailure } from './start-failure.ts';
import { describeSqliteFailure } from './sqlite-failure.ts';

/** The folder of one server, held by this process until `release`. */
export interface DataDirectory {
  path: string;
  ledgerFile: string;
  settingsFile: string;
  pairedServersFile: string;
  bootsFile: string;
  logFile: string;
  release(): void;
}

const lockWaitMs = 1_000;

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
  const lock = takeLock(path);
  return {
    path,
    ledgerFile: join(path, 'ledger.db'),
    settingsFile: join(path, 'server.json'),
    pairedServersFile: join(path, 'paired-servers.json'),
    bootsFile: join(path, 'boots.json'),
    logFile: join(path, 'logs', 'server.log'),
    release: () => lock.close(),
  };
}

// The permissions of a directory that is there already are its owner's business; the socket and the
// key in it have their own.
function makeUsable(path: string): void {
  const probe = join(path, `.write-test-${process.pid}`);
  try {
    makeDirectory(path);
    writeFileSync(probe, 'understudy');
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
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another server that starts at this moment may have made it.
    if (!existsSync(path)) throw error;
  }
}

// An open transaction on an empty database: the one lock that Node offers on every system.
function takeLock(path: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, 'node.lock'), { timeout: lockWaitMs });
    lock.exec('PRAGMA journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (describeSqliteFailure(error).kind !== 'busy') throw unusable(path, error);
    throw new NodeStartFailure(
      'DATA_DIRECTORY_BUSY',
      `Another Understudy server is running on the data directory ${path}. ` +
        'Use that one, stop it first, or give this one a directory of its own with --data-dir.',
    );
  }
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
