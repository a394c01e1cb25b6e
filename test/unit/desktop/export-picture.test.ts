import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writePicture } from '../../../src-main/desktop/window/export-picture.ts';

const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
let folder: string;

beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'us-'))));
afterEach(() => rm(folder, { recursive: true }));

test('writes the picture, and nothing beside it', async () => {
  const path = join(folder, 'usage.png');
  expect(await writePicture(path, png.toString('base64'))).toEqual({ ok: true, value: { path } });
  expect(await readFile(path)).toEqual(png);
  expect(await readdir(folder)).toEqual(['usage.png']);
});

test('refuses what is no picture, and leaves what is there', async () => {
  const path = join(folder, 'usage.png');
  await writeFile(path, 'before');
  const answer = await writePicture(path, Buffer.from('MZ something').toString('base64'));
  expect(answer).toMatchObject({ ok: false, code: 'BAD_REQUEST' });
  expect(await readFile(path, 'utf8')).toBe('before');
});

test('says which file could not be written, and what to do', async () => {
  const path = join(folder, 'no-such-folder', 'usage.png');
  const answer = await writePicture(path, png.toString('base64'));
  expect(answer).toMatchObject({ ok: false, code: 'FILE_NOT_WRITTEN' });
  expect(answer.ok ? '' : answer.message).toContain('Choose another place');
});
