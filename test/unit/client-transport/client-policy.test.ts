import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  policyOfRegistry,
  readPolicyFile,
} from '../../../src-main/client-transport/client-policy.ts';
import { parseRegistryText } from '../../../src-main/files/registry.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const id = 'a'.repeat(64);

function policyOf(...lines: string[]) {
  const key = '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Understudy\\Client]';
  const below = ['', `${key.slice(0, -1)}\\Other]`, '"Primary"="x:1"'];
  const text = ['Windows Registry Editor Version 5.00', '', key, ...lines, ...below];
  return policyOfRegistry(parseRegistryText(text.join('\r\n')));
}

describe('a policy in the registry', () => {
  it('has lists as texts, and numbers', () => {
    const given = policyOf(
      '"Primary"="lic-a:7470, lic-b:7470"',
      '"Secondary"="lic-c:7470;lic-d:7470"',
      `"Fingerprints"=" ${id} "`,
      '"TimeoutMs"=dword:000001f4',
      '"GraceSeconds"=dword:00000000',
      '"Discover"=dword:00000000',
    );
    expect(given).toEqual({
      ok: true,
      policy: {
        primary: ['lic-a:7470', 'lic-b:7470'],
        secondary: ['lic-c:7470', 'lic-d:7470'],
        fingerprints: [id],
        ...{ timeoutMs: 500, graceSeconds: 0, discover: false },
      },
    });
  });

  it('has names whose letters may be small or capital ones', () => {
    expect(policyOf('"PRIMARY"="lic-a:7470"', '"timeoutms"=dword:000001f4')).toEqual({
      ok: true,
      policy: { primary: ['lic-a:7470'], timeoutMs: 500 },
    });
    expect(policyOf('"Discover"=dword:00000001')).toEqual({ ok: true, policy: { discover: true } });
  });

  it('says nothing where nothing is set, or only what a later version knows', () => {
    expect(policyOf()).toEqual({ ok: true, policy: {} });
    expect(policyOf('"Later"="x"', '"Binary"=hex:00,01')).toEqual({ ok: true, policy: {} });
  });

  it.each([
    ['"Primary"="lic-a"', /Client cannot be used\. primary\.0: /],
    ['"Primary"=dword:00000001', /primary: /],
    ['"TimeoutMs"=dword:00000001', /timeoutMs: /],
    ['"TimeoutMs"="500"', /timeoutMs: /],
    ['"Discover"=dword:00000002', /discover: /],
    ['"Discover"="yes"', /discover: /],
  ])('is refused as a whole with %s', (line, message) => {
    expect(policyOf('"Secondary"="lic-c:7470"', line)).toMatchObject({
      ok: false,
      message: expect.stringMatching(message),
    });
  });
});

describe('a policy in a file', () => {
  const file = (content: string | Buffer) => {
    const path = join(makeTemporaryDirectory(), 'client-policy.json');
    writeFileSync(path, content);
    return path;
  };

  it('has any of the fields of a client configuration', () => {
    const policy = { primary: ['lic-a:7470'], graceSeconds: 60 };
    expect(readPolicyFile(file(JSON.stringify(policy)))).toEqual({ ok: true, policy });
    expect(readPolicyFile(file('{}'))).toEqual({ ok: true, policy: {} });
    expect(readPolicyFile(join(makeTemporaryDirectory(), 'none.json'))).toEqual({
      ...{ ok: true, policy: {} },
    });
  });

  it.each([
    ['', /It is not JSON/],
    ['{"servers":[]}', /cannot be used.*servers/],
    [Buffer.from([0xff, 0xfe]), /cannot be read: .*UTF-16/],
  ])('is not taken for none when it is wrong: %j', (content, message) => {
    expect(readPolicyFile(file(content))).toMatchObject({
      ok: false,
      message: expect.stringMatching(message),
    });
  });
});
