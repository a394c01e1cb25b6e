import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeTerminal, runIn } from './fake-terminal.ts';

it('makes a key that only its owner may read, and never overwrites one', async () => {
  const terminal = makeTerminal();
  const path = (name: string): string => join(terminal.workingDirectory, name);
  const made = await runIn(terminal, 'issue', 'keygen', '--vendor', 'Acme', '--out', 'k', '--json');
  expect(made).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(made.stdout)).toEqual({ keyFile: path('k'), publicKeyFile: path('k.pub') });
  if (process.platform !== 'win32') expect(statSync(path('k')).mode & 0o777).toBe(0o600);
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
