import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { skipFor } from '../../support/skip.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { loadScript } from './load-script.ts';

interface LockModule {
  holdingLock<T>(name: string, work: () => Promise<T> | T, options: { folder: string }): Promise<T>;
}

interface Holder {
  pid: number;
  boot?: string;
  started?: string;
}

const { holdingLock } = await loadScript<LockModule>('lock');
const noBootId = process.platform === 'linux' ? null : 'only Linux tells one boot from another';

/** A program that takes the lock in the folder that is its argument, says so, and keeps it. */
const holding = `import('${new URL('../../../scripts/lock.mjs', import.meta.url).href}').then(
    ({ holdingLock }) => holdingLock('work', () => new Promise(() => {
      setInterval(() => {}, 1000); console.log('held');
    }), { folder: process.argv[1] }))`;

/** A lock file of another process, which lives until the test is over, and what is in it. */
async function startHolder(folder: string) {
  const child = spawn(process.execPath, ['-e', holding, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  await once(child.stdout, 'data');
  const file = join(folder, 'work.lock');
  return { file, kill, holder: JSON.parse(readFileSync(file, 'utf8')) as Holder };
}

/** A lock file of a process that was killed and that its parent, which sleeps, leaves as a zombie. */
async function leaveZombie(folder: string) {
  const script = '"$0" -e "$1" "$2" & exec sleep 600';
  const parent = spawn('sh', ['-c', script, process.execPath, holding, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  await once(parent.stdout, 'data');
  const holder = JSON.parse(readFileSync(join(folder, 'work.lock'), 'utf8')) as Holder;
  const { pid } = holder;
  process.kill(pid, 'SIGKILL');
  const stateOf = () => /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  await vi.waitFor(() => expect(stateOf()).toBe('Z'));
  return { holder, pid };
}

function listenToStderr() {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => said.mockRestore());
  return said;
}

function leave(folder: string, content: string): string {
  const file = join(folder, 'work.lock');
  writeFileSync(file, content);
  return file;
}

it('is gone when the work is done, also when the work failed', async () => {
  const folder = makeTemporaryDirectory();
  const file = join(folder, 'work.lock');
  expect(await holdingLock('work', () => existsSync(file), { folder })).toBe(true);
  const failing = holdingLock('work', () => Promise.reject(new Error('no')), { folder });
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(file)).toBe(false);
});

it('is waited for while its process lives, and taken when that is killed', async () => {
  const folder = makeTemporaryDirectory();
  const { holder, file, kill } = await startHolder(folder);
  const said = listenToStderr();
  let done = false;
  const waiting = holdingLock('work', () => (done = true), { folder });
  const words = `Waiting for another work in this checkout by process ${holder.pid} (${file})`;
  await vi.waitFor(() => expect(said).toHaveBeenCalledWith(expect.stringContaining(words)));
  expect(done).toBe(false);
  await kill();
  await waiting;
  expect(done).toBe(true);
});

it('is done by one at a time', async () => {
  const folder = makeTemporaryDirectory();
  let inside = 0;
  let insideMax = 0;
  const work = async () => {
    insideMax = Math.max(insideMax, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  leave(folder, JSON.stringify({ pid: 2 ** 22 + 1 }));
  await Promise.all([1, 2, 3, 4].map(() => holdingLock('work', work, { folder })));
  expect(insideMax).toBe(1);
});

it(
  'of an earlier boot, or of an earlier owner of the id, holds nobody up',
  skipFor(noBootId),
  async () => {
    const folder = makeTemporaryDirectory();
    const { holder, file, kill } = await startHolder(folder);
    expect(holder).toMatchObject({ boot: expect.any(String), started: expect.any(String) });
    for (const other of [
      { ...holder, boot: '00000000-0000-0000-0000-000000000000' },
      { ...holder, started: '1' },
    ]) {
      writeFileSync(file, JSON.stringify(other));
      expect(await holdingLock('work', () => 'done', { folder })).toBe('done');
    }
    await kill();
  },
);

it(
  'of a process that has ended holds nobody up when its parent never asks for its status',
  skipFor(noBootId),
  async () => {
    const folder = makeTemporaryDirectory();
    const { holder, pid } = await leaveZombie(folder);
    expect(holder).toMatchObject({ pid });
    const said = listenToStderr();
    expect(await holdingLock('work', () => 'done', { folder })).toBe('done');
    expect(said).not.toHaveBeenCalled();
  },
);

it.each(['', '{"pid":', 'null', '4711'])(
  'that nobody can read (%j) is left after a while',
  async (content) => {
    const folder = makeTemporaryDirectory();
    const file = leave(folder, content);
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(file, longAgo, longAgo);
    expect(await holdingLock('work', () => 'done', { folder })).toBe('done');
  },
);
