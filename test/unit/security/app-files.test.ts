import { join, sep } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolveAppFile } from '../../../src-main/security/app-files.ts';
import { isAllowedAddress } from '../../../src-main/security/session-policy.ts';

const root = join(sep, 'program', 'dist', 'renderer');
const resolved = (address: string) => resolveAppFile(root, address);

test('files of the window, with their types', () => {
  expect(resolved('app://understudy/')).toEqual({
    path: join(root, 'index.html'),
    contentType: 'text/html; charset=utf-8',
  });
  expect(resolved('app://understudy/assets/main-1a2b.js?v=1#x')).toEqual({
    path: join(root, 'assets', 'main-1a2b.js'),
    contentType: 'text/javascript; charset=utf-8',
  });
  expect(resolved('app://understudy/a%20b.css')?.path).toBe(join(root, 'a b.css'));
});

test.each([
  'app://understudy/..%2f..%2fpackage.json',
  'app://understudy/assets/..%2f..%2f..%2fetc%2fpasswd.json',
  'app://understudy/..%5c..%5cpackage.json',
  'app://understudy/%2e%2e%2fmain%2fmain.js',
  'app://understudy/C:/windows/win.json',
  'app://understudy/x.js%00.html',
  'app://understudy/.hidden.json',
  'app://understudy/%E0%A4%A.js',
  'app://understudy/noextension',
  'app://understudy/program.exe',
  'app://understudy.evil/index.html',
  'app://other/index.html',
  'file:///program/dist/renderer/index.html',
  'https://understudy/index.html',
  'nonsense',
])('%s is not to be had', (address) => {
  expect(resolved(address)).toBeNull();
});

test('no address whatever leads out of the folder', () => {
  const part = fc.oneof(
    fc.constantFrom('..', '.', '%2e%2e', '%2f', '/', '\\', '%5c', '%00', 'a', 'x.js', 'C:', '%'),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
      const file = resolved(`app://understudy/${parts.join('')}`);
      if (file)
        expect(file.path.startsWith(root + sep) && !file.path.split(sep).includes('..')).toBe(true);
    }),
  );
});

test('a session reaches our own pages, and the developer tools only while developing', () => {
  expect(isAllowedAddress('app://understudy/index.html', false)).toBe(true);
  for (const address of [
    'https://a.b/',
    'file:///etc/passwd',
    'app://understudy.evil/',
    'ws://a/',
  ]) {
    expect(isAllowedAddress(address, true), address).toBe(false);
  }
  expect(isAllowedAddress('devtools://devtools/x.html', false)).toBe(false);
  expect(isAllowedAddress('devtools://devtools/x.html', true)).toBe(true);
});
