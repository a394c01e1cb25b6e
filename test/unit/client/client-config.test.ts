import { expect, it } from 'vitest';
import { parseClientConfig } from '../../../src-shared/client/client-config.ts';
import { targetOfUrl } from '../../../src-shared/client/target.ts';

it('fills in what is left out', () => {
  expect(parseClientConfig('\uFEFF{"primary":["lic-a:7470"]}')).toEqual({
    ok: true,
    config: {
      primary: ['lic-a:7470'],
      secondary: [],
      discover: true,
      timeoutMs: 3_000,
      graceSeconds: 300,
      fingerprints: [],
    },
  });
});

it.each([
  ['{', 'not JSON'],
  ['[]', 'the file'],
  ['{"primary":["lic-a"]}', 'primary.0: must be HOST:PORT'],
  ['{"primary":["lic-a:0"]}', 'primary.0: the port'],
  ['{"timeoutMs":1}', 'timeoutMs'],
  ['{"graceSeconds":"5"}', 'graceSeconds'],
  ['{"primry":[]}', 'primry'],
  ['{"fingerprints":["AB"]}', 'fingerprints.0'],
])('names the mistake in %s', (text, message) => {
  const parsed = parseClientConfig(text);
  if (parsed.ok) throw new Error('it was accepted');
  expect(parsed.message).toContain(message);
});

it.each([
  ['https://Lic-A:7470', 'lic-a:7470'],
  ['https://lic-a/v1/leases', 'lic-a:443'],
  ['https://[::1]:7470/', '[::1]:7470'],
  ['http://lic-a:7470', null],
  ['https://user@lic-a:7470', null],
  ['https://lic-a:0', null],
  ['https://lic-a:7470evil', null],
  ['/v1/leases', null],
])('takes the address of %s as %s', (url, target) => {
  expect(targetOfUrl(url)).toBe(target);
});
