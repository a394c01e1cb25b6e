import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { openDataDirectory } from '../../../src-main/node/base/data-directory.ts';
import { expectMode } from '../../support/file-mode.ts';
import { skipFor } from '../../support/skip.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

it('is made with its parents, for its owner only', () => {
  const path = join(makeTemporaryDirectory(), 'a', 'b');
  openDataDirectory(path).release();
  expectMode(path, 0o700);
});

it('keeps the permissions that its owner gave it', () => {
  const path = join(makeTemporaryDirectory(), 'given');
  mkdirSync(path, { mode: 0o755 });
  openDataDirectory(path).release();
  expectMode(path, 0o755);
});

it('belongs to one at a time', () => {
  const path = makeTemporaryDirectory();
  const first = openDataDirectory(path);
  expect(() => openDataDirectory(path)).toThrow(
    expect.objectContaining({ code: 'DATA_DIRECTORY_BUSY' }),
  );
  first.release();
  openDataDirectory(path).release();
});

it('has nothing in it but the lock', () => {
  const path = makeTemporaryDirectory();
  const directory = openDataDirectory(path);
  expect(readdirSync(path)).toEqual(['server.lock']);
  directory.release();
});

it('cannot be a file, or below one', () => {
  const file = join(makeTemporaryDirectory(), 'file');
  writeFileSync(file, 'mine');
  for (const path of [file, join(file, 'below')]) {
    expect(() => openDataDirectory(path)).toThrow(
      expect.objectContaining({ code: 'DATA_DIRECTORY_UNUSABLE' }),
    );
  }
  expect(existsSync(join(file, 'below'))).toBe(false);
});

const noProc =
  process.platform === 'linux' ? null : 'only Linux has /proc, which takes no directories';

it('is refused where no directory can be made', skipFor(noProc), () => {
  expect(() => openDataDirectory('/proc/understudy/data')).toThrow(
    expect.objectContaining({ code: 'DATA_DIRECTORY_UNUSABLE' }),
  );
});

it('has a lock that nobody else can open, whoever could use the directory', () => {
  const path = join(makeTemporaryDirectory(), 'given');
  mkdirSync(path, { mode: 0o755 });
  const directory = openDataDirectory(path);
  expectMode(join(path, 'server.lock'), 0o600);
  directory.release();
});

/** The lock of earlier versions, which everybody can read where the directory lets them. */
function openFormerLock(path: string, begin: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, 'node.lock'), { timeout: 0 });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY');
    lock.exec(begin);
    lock.prepare('SELECT * FROM sqlite_schema').all();
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

it('is taken though somebody who can read the former lock holds on to it', () => {
  const path = makeTemporaryDirectory();
  const reader = openFormerLock(path, 'BEGIN');
  openDataDirectory(path).release();
  reader.close();
});

it('is not shared with a server of an earlier version, whichever comes first', () => {
  const path = makeTemporaryDirectory();
  const earlier = openFormerLock(path, 'BEGIN EXCLUSIVE');
  expect(() => openDataDirectory(path)).toThrow(
    expect.objectContaining({ code: 'DATA_DIRECTORY_BUSY' }),
  );
  earlier.close();
  const directory = openDataDirectory(path);
  expect(() => openFormerLock(path, 'BEGIN EXCLUSIVE')).toThrow(/locked/);
  directory.release();
  openFormerLock(path, 'BEGIN EXCLUSIVE').close();
});
