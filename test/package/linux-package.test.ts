import { type ChildProcess, type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sandboxSwitches } from '../support/sandbox.ts';
import { skipFor } from '../support/skip.ts';
import { fuses, pack, readFuses } from './pack.ts';

// The same code and settings as in the Windows package, where they can be run.
const noLinux = process.platform === 'linux' ? null : 'a program for Linux runs on Linux only';

describe('the packaged program, run on Linux', skipFor(noLinux), () => {
  const data = mkdtempSync(join(tmpdir(), 'understudy-package-'));
  const env = { ...process.env };
  delete env['ELECTRON_RUN_AS_NODE'];
  let folder: string;
  let program: string;

  beforeAll(() => {
    folder = pack('linux');
    program = join(folder, 'understudy');
  });

  afterAll(() => {
    for (const made of [folder, data])
      rmSync(made, { recursive: true, force: true, maxRetries: 5 });
  });

  it('has its fuses blown', async () => {
    expect(await readFuses(program)).toEqual(fuses);
  });

  it('serves without a window, answers its command line and stops in good order', async () => {
    const dataDir = ['--data-dir', join(data, 'served')];
    const serve = ['serve', ...dataDir, '--listen', '127.0.0.1:0'];
    const server = spawn(program, [...sandboxSwitches, ...serve], {
      env: { ...env, DISPLAY: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = once(server, 'exit');
    try {
      expect(await firstLine(server)).toMatch(/^ready \{/);
      const status = spawnSync(program, [...sandboxSwitches, 'status', '--json', ...dataDir], {
        env,
        encoding: 'utf8',
      });
      expect(JSON.parse(status.stdout)).toMatchObject({ server: { address: expect.any(String) } });
    } finally {
      server.kill('SIGTERM');
    }
    expect(await exited).toEqual([0, null]);
  });

  it('shows its window from the archive', async () => {
    const userData = join(data, 'shown');
    const shell = [...sandboxSwitches, '--disable-gpu', '--remote-debugging-port=0'];
    const application = spawn(
      'xvfb-run',
      ['-a', 'dbus-run-session', '--', program, ...shell, `--user-data-dir=${userData}`],
      { env, stdio: 'ignore', detached: true },
    );
    try {
      const page = { title: 'Understudy', url: 'app://understudy/index.html' };
      await vi.waitFor(async () => expect(await readPages(userData)).toContainEqual(page), {
        timeout: 30_000,
        interval: 200,
      });
    } finally {
      await endGroup(application);
    }
  });
});

/** The first line on stdout. A program that ends before it fails, with what it said. */
async function firstLine({ stdout, stderr }: ChildProcessByStdio<null, Readable, Readable>) {
  let said = '';
  stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error(`The program ended without a line: ${said}`);
}

async function readPages(userData: string): Promise<{ title: string; url: string }[]> {
  const [port] = readFileSync(join(userData, 'DevToolsActivePort'), 'utf8').split('\n');
  const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
  const pages = (await answer.json()) as { title: string; type: string; url: string }[];
  return pages.filter(({ type }) => type === 'page').map(({ title, url }) => ({ title, url }));
}

// The display and the bus are no programs that pass a signal on.
async function endGroup(leader: ChildProcess): Promise<void> {
  if (leader.pid === undefined || leader.exitCode !== null) return;
  const ended = once(leader, 'exit');
  process.kill(-leader.pid, 'SIGTERM');
  await ended;
}
