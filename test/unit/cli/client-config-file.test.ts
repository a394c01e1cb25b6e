import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadClientConfig } from '../../../src-main/cli/client/client-config-file.ts';
import { userDirectory } from '../../../src-main/files/default-paths.ts';
import type { FoundClientPolicy } from '../../../src-main/client-transport/client-policy.ts';
import type { Terminal } from '../../../src-main/cli/frame/terminal.ts';
import { makeTerminal, runIn } from './fake-terminal.ts';

async function primaryOf(terminal: Terminal): Promise<string[]> {
  const ownDirectory = userDirectory(terminal);
  const context = { terminal, dataDirectory: ownDirectory, ownDirectory, json: false };
  return (await loadClientConfig(context)).primary;
}

function withPolicy(policy: FoundClientPolicy): Partial<Terminal> {
  return { clientPolicy: () => policy };
}

function write(path: string, target: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, JSON.stringify({ primary: [target] }));
}

it('takes the file that UNDERSTUDY_CONFIG names, else that of the user, else the defaults', async () => {
  const terminal = makeTerminal();
  expect(await primaryOf(terminal)).toEqual([]);
  write(join(userDirectory(terminal), 'client.json'), 'user:7470');
  expect(await primaryOf(terminal)).toEqual(['user:7470']);
  write(join(terminal.workingDirectory, 'named.json'), 'named:7470');
  const env = { UNDERSTUDY_CONFIG: 'named.json' };
  expect(await primaryOf({ ...terminal, env })).toEqual(['named:7470']);
});

it('puts the policy of the machine before every file, field by field', async () => {
  const policy = { primary: ['ruled:7470'], timeoutMs: 900 };
  const terminal = makeTerminal('', withPolicy({ ok: true, policy }));
  const ownDirectory = userDirectory(terminal);
  const file = { primary: ['a:1'], secondary: ['b:1'], timeoutMs: 500, graceSeconds: 7 };
  mkdirSync(ownDirectory, { recursive: true });
  writeFileSync(join(ownDirectory, 'client.json'), JSON.stringify(file));
  const context = { terminal, dataDirectory: ownDirectory, ownDirectory, json: false };
  expect(await loadClientConfig(context)).toEqual({
    ...{ primary: ['ruled:7470'], secondary: [], timeoutMs: 900, graceSeconds: 7 },
    ...{ discover: true, fingerprints: [] },
  });
  const init = await runIn(terminal, 'client', 'init', '--force');
  expect(init.stderr).toContain('says these in its place: primary, timeoutMs.');
});

it('lets nobody past a policy that is wrong', async () => {
  const terminal = makeTerminal('', withPolicy({ ok: false, message: 'It is wrong.' }));
  write(join(userDirectory(terminal), 'client.json'), 'user:7470');
  await expect(primaryOf(terminal)).rejects.toMatchObject({
    ...{ code: 'CLIENT_CONFIG_INVALID', message: 'It is wrong.' },
  });
});

it('refuses a file that is named and not there, or that is wrong', async () => {
  const env = { UNDERSTUDY_CONFIG: 'named.json' };
  const terminal = makeTerminal('', { env });
  await expect(primaryOf(terminal)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  writeFileSync(join(terminal.workingDirectory, 'named.json'), '{"primary":["x"]}');
  await expect(primaryOf(terminal)).rejects.toMatchObject({ code: 'CLIENT_CONFIG_INVALID' });
});

it('writes a configuration, and replaces one only when it is told to', async () => {
  const terminal = makeTerminal();
  const init = ['client', 'init', '--secondary', 'lic-b:7471', '--timeout-ms', '500'];
  const run = await runIn(terminal, ...init, '--server', 'lic-a', '--server', '[::1]', '--json');
  expect(run.status).toBe(0);
  const file = join(userDirectory(terminal), 'client.json');
  const config = {
    primary: ['lic-a:7470', '[::1]:7470'],
    secondary: ['lic-b:7471'],
    discover: true,
    timeoutMs: 500,
    graceSeconds: 300,
    fingerprints: [],
  };
  expect(JSON.parse(run.stdout)).toEqual({ file, config });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(config);
  expect(await runIn(terminal, 'client', 'init', '--server', 'other')).toMatchObject({ status: 1 });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(config);
  const forced = await runIn(terminal, 'client', 'init', '--server', 'other', '--force');
  expect(forced.status).toBe(0);
  expect(await primaryOf(terminal)).toEqual(['other:7470']);
  expect(readdirSync(userDirectory(terminal))).toEqual(['client.json']);
});

it('says which server is missing when none is named', async () => {
  const terminal = makeTerminal();
  await runIn(terminal, 'client', 'init', '--no-discover');
  const run = await runIn(terminal, 'client', 'checkout', '--feature', 'f', '--json');
  expect(run.status).toBe(1);
  expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'NO_SERVER_CONFIGURED' } });
});
