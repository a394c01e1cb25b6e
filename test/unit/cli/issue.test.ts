import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expectMode } from '../../support/file-mode.ts';
import { skipFor } from '../../support/skip.ts';
import { makeTerminal, runIn } from './fake-terminal.ts';

it('makes a key that only its owner may read, and never overwrites one', async () => {
  const terminal = makeTerminal();
  const path = (name: string): string => join(terminal.workingDirectory, name);
  const made = await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k', '--json');
  expect(made).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(made.stdout)).toEqual({ keyFile: path('k'), publicKeyFile: path('k.pub') });
  expectMode(path('k'), 0o600);
  const before = readFileSync(path('k'), 'utf8');
  const again = await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k');
  expect(again).toMatchObject({ status: 1, stdout: '' });
  expect(again.stderr).toContain('exists already');
  expect(readFileSync(path('k'), 'utf8')).toBe(before);
});

it('makes a key that the former one vouches for, in the same name', async () => {
  const terminal = makeTerminal();
  await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k');
  const next = await runIn(terminal, 'issue', 'keygen', '--follows', 'k', '--out', 'k2');
  expect(next).toMatchObject({ status: 0, stderr: '' });
  const text = readFileSync(join(terminal.workingDirectory, 'k2.pub'), 'utf8');
  const file = JSON.parse(text) as { vendor: string; endorsements: string[] };
  expect(file).toMatchObject({ vendor: 'Acme', endorsements: [expect.stringContaining('.')] });
  for (const wrong of [['--follows', 'k', '--vendor', 'Bolt'], []]) {
    const run = await runIn(terminal, 'issue', 'keygen', ...wrong, '--out', 'k3');
    expect(run.status).toBe(2);
  }
});

it('leaves no secret key behind when the public one cannot be written', async () => {
  const terminal = makeTerminal();
  writeFileSync(join(terminal.workingDirectory, 'k.pub'), 'mine');
  const run = await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k');
  expect(run.status).toBe(1);
  expect(() => statSync(join(terminal.workingDirectory, 'k'))).toThrow();
  expect(readFileSync(join(terminal.workingDirectory, 'k.pub'), 'utf8')).toBe('mine');
});

it('signs a licence that is described on standard input', async () => {
  const terminal = makeTerminal('{"product":"Acme CAD","feature":"drafting","units":3}');
  await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k');
  const args = ['issue', 'license', '-', '--key', 'k', '--out', 'a.lic'];
  const run = await runIn(terminal, ...args, '--json');
  expect(run).toMatchObject({ status: 0, stderr: '' });
  const file = join(terminal.workingDirectory, 'a.lic');
  expect(JSON.parse(run.stdout)).toEqual({
    file,
    licenses: [{ id: 'acme-cad.drafting', serial: 1, units: 3, expires: null }],
    warnings: [expect.stringContaining('acme-cad.drafting names no servers') as unknown],
  });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveProperty('signature');
});

// A passphrase costs a good part of a second each time, on purpose, and more on a busy machine.
const unhurried = { timeout: 90_000 };

it('signs with a key under a passphrase, when it is told that', unhurried, async () => {
  const terminal = makeTerminal('{"product":"P","feature":"F","units":1}');
  const write = (name: string, text: string) => {
    writeFileSync(join(terminal.workingDirectory, name), text);
  };
  write('secret', 'correct horse\nand nothing of this line\n');
  write('empty', '\n');
  const keygen = ['issue', 'keygen', '--vendor', 'Acme', '--out', 'k'];
  await runIn(terminal, ...keygen, '--passphrase-file', 'secret');
  const sign = (...options: string[]) =>
    runIn(terminal, 'issue', 'license', '-', '--key', 'k', '--out', 'a.lic', ...options);
  expect((await sign()).stderr).toContain('kept under a passphrase');
  expect((await sign('--passphrase-file', 'empty')).status).toBe(2);
  expect(await sign('--passphrase-file', 'secret')).toMatchObject({ status: 0 });
  const follow = ['issue', 'keygen', '--follows', 'k', '--out', 'k2'];
  expect((await runIn(terminal, ...follow)).status).toBe(1);
  const done = await runIn(terminal, ...follow, '--follows-passphrase-file', 'secret');
  expect(done).toMatchObject({ status: 0, stderr: '' });
});

/** A program that signs with the key in a file, or does not. */
function writeSigner(folder: string, name: string, body: string): void {
  const text = `#!${process.execPath}
const { createPrivateKey, sign } = require('node:crypto');
const { readFileSync } = require('node:fs');
const key = (file) => {
  const { privateKey } = JSON.parse(readFileSync(file, 'utf8'));
  return createPrivateKey({ key: privateKey, format: 'jwk' });
};
const signed = (file) => sign(null, readFileSync(0), key(file));
${body}
`;
  writeFileSync(join(folder, name), text, { mode: 0o755 });
}

const noScripts = process.platform === 'win32' ? 'Windows runs no file by its first line' : null;

it(
  'signs through a program and takes no signature but of its key',
  skipFor(noScripts),
  async () => {
    const terminal = makeTerminal();
    const folder = terminal.workingDirectory;
    writeFileSync(join(folder, 'spec.json'), '{"product":"P","feature":"F","units":1}');
    for (const name of ['k', 'other']) {
      await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', name);
    }
    const file = (name: string) => JSON.stringify(join(folder, name));
    writeSigner(folder, 'raw', `process.stdout.write(signed(${file('k')}));`);
    writeSigner(folder, 'text', `console.log(signed(${file('k')}).toString('base64'));`);
    writeSigner(folder, 'foreign', `process.stdout.write(signed(${file('other')}));`);
    writeSigner(folder, 'noise', `console.log('signed, I promise');`);
    writeSigner(folder, 'refuses', `process.exit(3);`);
    const sign = (program: string, out: string) => {
      const signer = ['--key', 'k.pub', '--sign-with', program];
      return runIn(terminal, 'issue', 'license', 'spec.json', ...signer, '--out', out);
    };
    for (const program of ['raw', 'text']) {
      expect(await sign(program, `${program}.lic`)).toMatchObject({ status: 0, stderr: '' });
    }
    // Ed25519 signs the same text in the same way each time.
    const [raw, text] = ['raw.lic', 'text.lic'].map((name) => readFileSync(join(folder, name)));
    expect(raw).toEqual(text);
    const refusals: [string, string][] = [
      ['foreign', 'another key'],
      ['noise', 'no Ed25519 signature'],
      ['refuses', 'ended with 3'],
      ['missing', 'could not be run'],
    ];
    for (const [program, why] of refusals) {
      const run = await sign(program, `${program}.lic`);
      expect(run.status).toBe(1);
      expect(run.stderr).toContain(why);
      expect(existsSync(join(folder, `${program}.lic`))).toBe(false);
    }
  },
);

it('warns of a licence that has ended already', async () => {
  const terminal = makeTerminal(
    '{"product":"P","feature":"F","units":1,"expires":"2020-01-01T00:00:00Z"}',
  );
  await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k');
  const args = ['issue', 'license', '-', '--key', 'k', '--out', 'a.lic'];
  const { warnings } = JSON.parse((await runIn(terminal, ...args, '--json')).stdout) as {
    warnings: string[];
  };
  expect(warnings).toContainEqual(expect.stringContaining('p.f ended on 2020-01-01'));
});

it('takes licences back under the next serial, in the name of their vendor alone', async () => {
  const terminal = makeTerminal('{"product":"Acme CAD","feature":"drafting","units":3,"serial":7}');
  await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k');
  await runIn(terminal, 'issue', 'keygen', '--vendor', 'Bolt', '--out', 'other');
  await runIn(terminal, 'issue', 'license', '-', '--key', 'k', '--out', 'a.lic');
  const revoke = (key: string, file: string) =>
    runIn(terminal, 'issue', 'revoke', file, '--key', key, '--out', 'r.lic', '--json');
  expect(JSON.parse((await revoke('other', 'a.lic')).stdout)).toMatchObject({
    error: { code: 'LICENSE_OTHER_VENDOR' },
  });
  expect(JSON.parse((await revoke('k', 'k.pub')).stdout)).toMatchObject({
    error: { code: 'LICENSE_MALFORMED' },
  });
  const done = await revoke('k', 'a.lic');
  expect(JSON.parse(done.stdout)).toMatchObject({
    licenses: [{ id: 'acme-cad.drafting', serial: 8 }],
  });
});

it.each([
  ['{', 'LICENSE_MALFORMED'],
  ['{"product":"P","feature":"F","units":0}', 'LICENSE_MALFORMED'],
  ['[]', 'LICENSE_MALFORMED'],
])('refuses the description %s and writes nothing', async (spec, code) => {
  const terminal = makeTerminal(spec);
  await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k');
  const args = ['issue', 'license', '-', '--key', 'k', '--out', 'a.lic'];
  const run = await runIn(terminal, ...args, '--json');
  expect(run.status).toBe(1);
  expect(JSON.parse(run.stdout)).toMatchObject({ error: { code } });
  expect(() => statSync(join(terminal.workingDirectory, 'a.lic'))).toThrow();
});

it('says what is wrong with a key', async () => {
  const terminal = makeTerminal('{"product":"P","feature":"F","units":1}');
  await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k');
  const args = ['issue', 'license', '-', '--key', 'k.pub', '--out', 'a.lic'];
  const run = await runIn(terminal, ...args);
  expect(run.status).toBe(1);
  expect(run.stderr).toContain('public half');
});
