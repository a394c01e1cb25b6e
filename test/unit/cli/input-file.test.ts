import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readInputFile } from '../../../src-main/cli/frame/input-file.ts';
import { makeTerminal } from './fake-terminal.ts';

const bytesMax = 1024;

async function codeOf(path: string, prepare: (full: string) => void, stdin = ''): Promise<string> {
  const terminal = makeTerminal(stdin);
  prepare(join(terminal.workingDirectory, path));
  const error: unknown = await readInputFile(terminal, path, 'a licence file', bytesMax).then(
    () => ({ code: 'READ' }),
    (failure: unknown) => failure,
  );
  return (error as { code: string }).code;
}

it('reads a file, or standard input for a dash', async () => {
  const terminal = makeTerminal('from a pipe');
  writeFileSync(join(terminal.workingDirectory, 'a.lic'), 'text \u{1F600}');
  expect(await readInputFile(terminal, 'a.lic', 'a licence file', bytesMax)).toEqual({
    text: 'text \u{1F600}',
    name: 'a.lic',
  });
  expect(await readInputFile(terminal, '-', 'a licence file', bytesMax)).toEqual({
    text: 'from a pipe',
    name: 'standard input',
  });
});

it('reads a file of exactly the limit', async () => {
  expect(await codeOf('a', (path) => writeFileSync(path, 'x'.repeat(bytesMax)))).toBe('READ');
});

it.each<[string, string, (path: string) => void]>([
  ['a missing file', 'FILE_UNREADABLE', () => undefined],
  ['a directory', 'FILE_UNREADABLE', (path) => mkdirSync(path)],
  [
    'a huge file, which is not read',
    'FILE_TOO_LARGE',
    (path) => {
      writeFileSync(path, '');
      truncateSync(path, 2 ** 40);
    },
  ],
  ['one byte too many', 'FILE_TOO_LARGE', (path) => writeFileSync(path, 'x'.repeat(bytesMax + 1))],
  ['bytes of zero', 'FILE_NOT_TEXT', (path) => writeFileSync(path, 'a\0b')],
  ['another encoding', 'FILE_NOT_TEXT', (path) => writeFileSync(path, Buffer.from([0xe9, 0x0a]))],
])('refuses %s', async (_what, code, prepare) => {
  expect(await codeOf('a.lic', prepare)).toBe(code);
});

it('refuses too much on standard input', async () => {
  expect(await codeOf('-', () => undefined, 'x'.repeat(bytesMax + 1))).toBe('FILE_TOO_LARGE');
});
