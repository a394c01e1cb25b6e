import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type * as real from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FileInUse, replaceFile, replaceFileSync } from '../../../src-main/files/replace-file.ts';

/** Another program has the target open: renames fail with this code so many times more. */
const busy = vi.hoisted(() => ({ code: '', times: 0, tries: 0 }));

function failWhileBusy(): void {
  busy.tries += 1;
  if (busy.times === 0) return;
  busy.times -= 1;
  throw Object.assign(new Error('operation not permitted'), { code: busy.code });
}

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof real>();
  const renameSync: typeof fs.renameSync = (from, to) => {
    failWhileBusy();
    fs.renameSync(from, to);
  };
  return { ...fs, renameSync };
});
vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof real.promises>();
  const rename: typeof fs.rename = async (from, to) => {
    failWhileBusy();
    await fs.rename(from, to);
  };
  return { ...fs, rename };
});

function makeFiles() {
  const directory = mkdtempSync(join(tmpdir(), 'us-replace-'));
  const [from, to] = [join(directory, 'new'), join(directory, 'settings.json')];
  writeFileSync(from, 'new');
  writeFileSync(to, 'old');
  return { from, to };
}

const both = [
  ['replaceFile', replaceFile],
  ['replaceFileSync', async (from: string, to: string) => replaceFileSync(from, to)],
] as const;

afterEach(() => {
  vi.useRealTimers();
  Object.assign(busy, { code: '', times: 0, tries: 0 });
});

describe.each(both)('%s', (_name, replace) => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('waits while a file is in use (%s)', async (code) => {
    const { from, to } = makeFiles();
    Object.assign(busy, { code, times: 4 });
    await replace(from, to);
    expect(readFileSync(to, 'utf8')).toBe('new');
    expect(busy.tries).toBe(5);
  });

  it('does not wait for what no waiting mends', async () => {
    const { from, to } = makeFiles();
    Object.assign(busy, { code: 'ENOSPC', times: 1 });
    await expect(replace(from, to)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(busy.tries).toBe(1);
    expect(readFileSync(to, 'utf8')).toBe('old');
  });
});

it('gives up after some seconds, and names the file', async () => {
  const { from, to } = makeFiles();
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  Object.assign(busy, { code: 'EBUSY', times: Infinity });
  const done = replaceFile(from, to).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(10_000);
  const error = await done;
  expect(error).toBeInstanceOf(FileInUse);
  expect(error).toMatchObject({ code: 'EBUSY', message: expect.stringContaining(to) });
  expect(readFileSync(to, 'utf8')).toBe('old');
});
