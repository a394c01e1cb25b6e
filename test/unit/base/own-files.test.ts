import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { closeToOthers } from '../../../src-main/node/base/own-files.ts';
import { skipFor } from '../../support/skip.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const noModes = process.platform === 'win32' ? 'files have no modes on Windows' : null;
const notRoot = noModes ?? (process.getuid?.() === 0 ? null : 'only root gives files away');

const modeOf = (path: string) => statSync(path).mode & 0o777;

/** A directory for everybody, with files that everybody can read. */
function openDirectory(names: readonly string[]): string {
  const path = makeTemporaryDirectory();
  chmodSync(path, 0o755);
  mkdirSync(join(path, 'logs'));
  for (const name of names) writeFileSync(join(path, name), 'mine', { mode: 0o644 });
  return path;
}

it(
  'closes what is there of a server, with its journals, its logs and their folder',
  skipFor(noModes),
  () => {
    const names = [
      'ledger.db',
      'ledger.db-wal',
      'server.json',
      'server-key.pem',
      'logs/server.1.log',
    ];
    const path = openDirectory(names);
    expect(closeToOthers(path)).toEqual([]);
    for (const name of names) expect([name, modeOf(join(path, name))]).toEqual([name, 0o600]);
    expect(modeOf(join(path, 'logs'))).toBe(0o700);
    expect(modeOf(path)).toBe(0o755);
  },
);

it('lets files of others be, and what a link leads to', skipFor(noModes), () => {
  const path = openDirectory(['Preferences']);
  const elsewhere = join(makeTemporaryDirectory(), 'elsewhere');
  writeFileSync(elsewhere, 'not of the server', { mode: 0o644 });
  symlinkSync(elsewhere, join(path, 'ledger.db-wal'));
  expect(closeToOthers(path)).toEqual([]);
  expect(modeOf(join(path, 'Preferences'))).toBe(0o644);
  expect(modeOf(elsewhere)).toBe(0o644);
});

it('names what it cannot close', skipFor(notRoot), () => {
  const path = openDirectory(['ledger.db', 'server.json']);
  const other = 65_534;
  chownSync(path, other, other);
  chownSync(join(path, 'server.json'), other, other);
  process.seteuid?.(other);
  try {
    expect(closeToOthers(path)).toEqual(['ledger.db', 'logs']);
  } finally {
    process.seteuid?.(0);
  }
});
