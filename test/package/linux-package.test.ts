import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fuses, pack, readFuses } from './pack.ts';

// The same code and settings as in the Windows package, where they can be run.
describe.skipIf(process.platform !== 'linux')('the packaged program, run on Linux', () => {
  const data = mkdtempSync(join(tmpdir(), 'understudy-package-'));
  const switches = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
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
    const server = spawn(program, [...switches, ...serve], {
      env: { ...env, DISPLAY: '' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
      expect(line).toMatch(/^ready \{/);
      const status = spawnSync(program, [...switches, 'status', '--json', ...dataDir], {
        env,
        encoding: 'utf8',
      });
      expect(JSON.parse(status.stdout)).toMatchObject({ server: { address: expect.any(String) } });
    } finally {
      server.kill('SIGTERM');
    }
    expect(await once(server, 'exit')).toEqual([0, null]);
  });

  it('shows its window from the archive', async () => {
    const userData = join(data, 'shown');
    const shell = [...switches, '--disable-gpu', '--remote-debugging-port=0'];
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
