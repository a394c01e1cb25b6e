import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const script = fileURLToPath(new URL('../../scripts/demo.mjs', import.meta.url));

/** The demonstration with a directory for temporary files of its own. */
function startDemo(...args: string[]) {
  const directory = makeTemporaryDirectory();
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: directory, TEMP: directory, TMP: directory },
  });
  const closed = once(child, 'close').then(([code]: (number | null)[]) => code);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await closed;
  });
  const demo = { child, closed, directory, text: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (demo.text += part));
  return demo;
}

it('npm run demo shows a failover and its end, and leaves nothing behind', async () => {
  const demo = startDemo();
  const status = await demo.closed;
  expect({ status, text: demo.text }).toEqual({ status: 0, text: demo.text });
  const story = [
    'lic-main is killed',
    'Anna has renewed the editor seat at lic-backup.',
    'Hanna gets a new viewer seat from lic-backup.',
    'Ida asks for a sixth editor seat and is refused',
    'lic-main is started again.',
    'it serves again.',
    'All 8 clients renew their seats there.',
    'All 7 seats were kept',
  ];
  let from = 0;
  for (const line of story) {
    const words = demo.text.replace(/\s+/g, ' ');
    const at = words.indexOf(line, from);
    expect({ line, found: at >= from }).toEqual({ line, found: true });
    from = at + line.length;
  }
  for (const line of demo.text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  expect(readdirSync(demo.directory)).toEqual([]);
});

it.each([
  ['triad', 'two points of failure', 'is alone and serves nobody'],
  ['pool', 'lic-2 is next and serves', 'Two of five are left: no majority'],
])(
  'npm run demo -- %s shows members that are lost, and every seat kept',
  async (name, ...story) => {
    const demo = startDemo(name);
    const status = await demo.closed;
    expect({ status, text: demo.text }).toEqual({ status: 0, text: demo.text });
    const words = demo.text.replace(/\s+/g, ' ');
    for (const line of story) expect(words).toContain(line);
    expect(readdirSync(demo.directory)).toEqual([]);
  },
);

it('npm run demo can be interrupted, and leaves nothing behind then either', async () => {
  const demo = startDemo();
  await expect.poll(() => demo.text, { timeout: 60_000 }).toContain('lic-main is killed');
  demo.child.kill('SIGTERM');
  expect(await demo.closed).toBe(130);
  expect(readdirSync(demo.directory)).toEqual([]);
});
