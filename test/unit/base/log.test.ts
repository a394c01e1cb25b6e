import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openLog } from '../../../src-main/node/base/log.ts';
import { hasHidden } from '../../../src-shared/model/hidden-characters.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const patiently = { timeout: 10_000 };
const makeFile = () => join(makeTemporaryDirectory(), 'logs', 'server.log');
const textOf = (file: string) =>
  existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : '';

it('writes lines with time and level, and the stack of an error', async () => {
  const file = makeFile();
  const log = openLog(file, 'info');
  log.warn('The disk is nearly full.');
  log.error('A request failed', new Error('boom'));
  await expect.poll(() => textOf(file), patiently).toContain('boom');
  const [first] = textOf(file).split('\n');
  expect(first).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z warn The disk is nearly full\.$/);
  expect(textOf(file)).toContain('log.test.ts');
});

it('lets nothing that stands in an entry pass for another entry, and shows what is hidden', async () => {
  const file = makeFile();
  const log = openLog(file, 'info');
  const lie = 'a.lic\n2026-01-01T00:00:00.000Z info All is well.\u001b[2J\u202e';
  log.warn(`The file ${lie} was refused.`);
  log.error('A request failed', new Error(lie));
  log.info('The end.');
  await expect.poll(() => textOf(file), patiently).toContain('The end.');
  const lines = textOf(file).split('\n');
  expect(lines.filter((line) => /^\S/.test(line))).toHaveLength(3);
  expect(lines[1]).toBe(
    String.raw`  2026-01-01T00:00:00.000Z info All is well.\u001b[2J\u202e was refused.`,
  );
  expect(hasHidden(lines.join(''))).toBe(false);
});

it('keeps to its level, which can be changed at any time', async () => {
  const file = makeFile();
  const log = openLog(file, 'warn');
  log.info('not this');
  log.setLevel('debug');
  log.debug('but this');
  await expect.poll(() => textOf(file), patiently).toContain('but this');
  expect(textOf(file)).not.toContain('not this');
});

it('begins a new file when one is full, and keeps five old ones', async () => {
  const file = makeFile();
  const log = openLog(file, 'info');
  const full = 'x'.repeat(5 * 1024 * 1024);
  for (let round = 0; round < 8; round++) {
    log.info(`round ${round} ${full}`);
    // A yes or no, so that a failure does not print megabytes.
    const isWritten = () => {
      const text = textOf(file);
      return text.includes(`round ${round} `) && text.length > full.length;
    };
    await expect.poll(isWritten, patiently).toBe(true);
  }
  expect(readdirSync(dirname(file)).sort()).toEqual([
    'server.1.log',
    'server.2.log',
    'server.3.log',
    'server.4.log',
    'server.5.log',
    'server.log',
  ]);
});

it('says once, in one line, that it cannot be written', () => {
  const folder = makeTemporaryDirectory();
  writeFileSync(join(folder, 'logs'), 'a file in the place of the folder');
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const file = join(folder, 'logs', 'server.log');
  const log = openLog(file, 'info');
  log.info('one');
  log.warn('two');
  const said = write.mock.calls.map(([text]) => String(text));
  write.mockRestore();
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(
    /^understudy: Can't write to .+: E.+\. The server goes on without that log\.\n$/,
  );
});
