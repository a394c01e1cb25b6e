import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KnownServersFile } from '../../../src-main/client-transport/known-servers-file.ts';
import { expectMode } from '../../support/file-mode.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const fingerprint = 'ab'.repeat(32);

it('remembers servers in a file that only its user may read', async () => {
  const path = join(makeTemporaryDirectory(), 'new', 'known-servers.json');
  const first = new KnownServersFile(path);
  expect(await first.find('a:7470')).toEqual({ type: 'unknown' });
  const targets = Array.from({ length: 20 }, (_, i) => `host-${i}:7470`);
  const told = await Promise.all(targets.map((target) => first.remember(target, fingerprint)));
  expect(told).toEqual(targets.map(() => null));
  const second = new KnownServersFile(path);
  for (const target of targets) {
    expect(await second.find(target)).toEqual({ type: 'known', fingerprint });
  }
  expectMode(path, 0o600);
});

it.each(['', '{', '[]', '{"format":"understudy-known-servers/1","servers":{"a:7470":"no"}}'])(
  'trusts nobody and keeps the file when it holds %j',
  async (text) => {
    const directory = makeTemporaryDirectory();
    const path = join(directory, 'known-servers.json');
    writeFileSync(path, text);
    const known = new KnownServersFile(path);
    const found = await known.find('a:7470');
    if (found.type !== 'unreadable') throw new Error('a damaged file was believed');
    expect(found.message).toContain(path);
    expect(found.message).toContain('damaged');
    expect(await known.remember('a:7470', fingerprint)).toContain('damaged');
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(directory)).toEqual(['known-servers.json']);
  },
);

it('remembers whom a server named last, beside the keys', async () => {
  const path = join(makeTemporaryDirectory(), 'known-servers.json');
  const [a = '', b = '', c = ''] = ['a', 'b', 'c'].map((digit) => digit.repeat(64));
  const first = new KnownServersFile(path);
  expect(await first.namedBy(a)).toEqual([]);
  expect(await first.remember('a:7470', a)).toBeNull();
  expect(await first.rememberNamed(a, [b, c])).toBeNull();
  const written = statSync(path).mtimeMs;
  expect(await first.rememberNamed(a, [c, b])).toBeNull();
  expect(await new KnownServersFile(path).rememberNamed(a, [b, c])).toBeNull();
  expect(statSync(path).mtimeMs).toBe(written);
  expect(await first.rememberNamed(a, [c])).toBeNull();
  const second = new KnownServersFile(path);
  expect(await second.namedBy(a)).toEqual([c]);
  expect(await second.find('a:7470')).toEqual({ type: 'known', fingerprint: a });
});

it('says so when it cannot write', async () => {
  // The name of the file just fits, that of the one written beside it does not.
  const known = new KnownServersFile(join(makeTemporaryDirectory(), 'k'.repeat(250)));
  expect(await known.remember('a:7470', fingerprint)).toContain('could not be remembered');
});
