import { readFileSync, writeFileSync } from 'node:fs';
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
    );
    expect(given).toEqual({
      ok: true,
      policy: {
        primary: ['lic-a:7470', 'lic-b:7470'],
        secondary: ['lic-c:7470', 'lic-d:7470'],
        fingerprints: [id],
        ...{ timeoutMs: 500, graceSeconds: 0 },
      },
    });
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
  ])('is refused as a whole with %s', (line, message) => {
    expect(policyOf('"Secondary"="lic-c:7470"', line)).toMatchObject({
      ok: false,
      message: expect.stringMatching(message),
    });
  });
});

describe('the template of Group Policy', () => {
  const folder = 'assets/windows/policy';
  const template = readFileSync(join(folder, 'understudy.admx'), 'utf8');
  const words = readFileSync(join(folder, 'en-US', 'understudy.adml'), 'utf8');
  const all = (text: string, pattern: RegExp) =>
    [...text.matchAll(pattern)].map(([, name]) => name);

  it('writes what a client reads, with the bounds that it has', () => {
    expect(new Set(all(template, / key="([^"]*)"/g))).toEqual(
      new Set(['SOFTWARE\\Policies\\Understudy\\Client']),
    );
    const given = all(template, / valueName="([^"]*)"/g);
    for (const name of all(template, /<text id="\w+" valueName="(\w+)"/g)) {
      const value = name === 'Fingerprints' ? id : 'lic-a:7470';
      expect(Object.values(policyOf(`"${name}"="${value}"`))).toContainEqual({
        [name?.replace(/^./, (letter) => letter.toLowerCase()) ?? '']: [value],
      });
    }
    const numbers = [
      ...template.matchAll(/valueName="(\w+)".* minValue="(\d+)" maxValue="(\d+)"/g),
    ];
    for (const [, name, min, max] of numbers) {
      const isGood = (value: number) =>
        policyOf(`"${name}"=dword:${value.toString(16).padStart(8, '0')}`).ok;
      expect([Number(min), Number(max), Number(max) + 1].map(isGood)).toEqual([true, true, false]);
    }
    expect(given).toHaveLength(3 + numbers.length);
  });

  it('has words for all that is in it, and for nothing else', () => {
    const strings = all(template, /\$\(string\.(\w+)\)/g).toSorted();
    expect(all(words, /<string id="(\w+)">/g).toSorted()).toEqual(strings);
    const presentations = all(template, /\$\(presentation\.(\w+)\)/g).toSorted();
    expect(all(words, /<presentation id="(\w+)">/g).toSorted()).toEqual(presentations);
    const elements = all(template, /<(?:text|decimal) id="(\w+)"/g).toSorted();
    expect(all(words, /refId="(\w+)"/g).toSorted()).toEqual(elements);
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
