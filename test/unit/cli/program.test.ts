import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { adminAddress } from '../../../src-main/admin/admin-address.ts';
import { createProgram } from '../../../src-main/cli/start/run-cli.ts';
import { makeTerminal, runIn } from './fake-terminal.ts';

const documentation = readFileSync(
  new URL('../../../docs/command-line.md', import.meta.url),
  'utf8',
);

/** Every command that does something, with its full name. */
function leaves(command: Command, name = ''): { name: string; command: Command }[] {
  if (command.commands.length === 0) return [{ name, command }];
  return command.commands.flatMap((child) => leaves(child, `${name} ${child.name()}`.trim()));
}

const commands = leaves(createProgram(makeTerminal('', { workingDirectory: '/' }), '1.2.3'));

it('has the commands of the contract that servers alone and in pairs have use for', () => {
  expect(commands.map(({ name }) => name)).toEqual([
    'serve',
    'status',
    'stop',
    'config check',
    'config apply',
    'config export',
    'config invitation',
    'config schema',
    'notify show',
    'notify set',
    'notify test',
    'servers list',
    'servers invite',
    'servers invitation',
    'servers pair',
    'servers forget',
    'servers request-file',
    'servers rotate-key',
    'identity renew',
    'relationship check backup',
    'relationship check triad',
    'relationship check pool',
    'relationship create backup',
    'relationship create triad',
    'relationship create pool',
    'relationship show',
    'relationship requests',
    'relationship accept',
    'relationship refuse',
    'relationship set',
    'relationship add',
    'relationship remove',
    'relationship replace',
    'relationship order',
    'relationship dissolve',
    'switchover',
    'failback',
    'drill',
    'preview',
    'license import',
    'license list',
    'license show',
    'license diff',
    'license folder',
    'license rollback',
    'license remove',
    'vendor trust',
    'vendor list',
    'vendor forget',
    'lease list',
    'lease release',
    'lease borrow',
    'lease take-back',
    'clock accept',
    'ledger accept-loss',
    'backup verify',
    'restore',
    'usage',
    'events',
    'client init',
    'client checkout',
    'client run',
    'client borrow request',
    'client borrow fetch',
    'client borrow hand-in',
    'client borrow accept',
    'client borrow list',
    'client borrow return',
    'doctor',
    'issue keygen',
    'issue license',
    'issue batch',
    'issue revoke',
  ]);
});

it.each(commands)(
  '$name has an example, and every option is in the documentation',
  async (leaf) => {
    const { status, stdout } = await runIn(makeTerminal(), ...leaf.name.split(' '), '--help');
    expect(status).toBe(0);
    expect(stdout).toContain(`$ understudy ${leaf.name}`);
    const section = documentation.split(/^#+ /m).find((part) => part.startsWith(`\`${leaf.name}`));
    if (section === undefined) throw new Error(`docs/command-line.md has no section ${leaf.name}`);
    const usage = leaf.command.registeredArguments.map((argument) =>
      argument.variadic ? `<${argument.name()}...>` : `<${argument.name()}>`,
    );
    expect(section.split('\n')[0]).toBe([`\`${leaf.name}`, ...usage].join(' ').concat('`'));
    const common = ['--data-dir', '--json', '--help'];
    for (const { long } of leaf.command.options) {
      if (long && !common.includes(long)) expect(section).toContain(`\`${long}`);
    }
    const flags = leaf.command.options.map(({ long }) => long);
    for (const [, told] of section.matchAll(/^\| `(--[a-z-]+)/gm)) expect(flags).toContain(told);
  },
);

it('prints its version and its help', async () => {
  const terminal = makeTerminal();
  expect(await runIn(terminal, '--version')).toEqual({ status: 0, stdout: '1.2.3\n', stderr: '' });
  expect(await runIn(terminal, '--help')).toMatchObject({ status: 0, stderr: '' });
});

it.each([
  [[], 'Usage: understudy'],
  [['nonsense'], "unknown command 'nonsense'"],
  [['license'], 'Usage: understudy license'],
  [['license', 'nonsense'], 'Usage: understudy license'],
  [['license', 'import'], 'Usage: understudy license import'],
  [['license', 'import', 'a', 'b'], 'Usage: understudy license import'],
  [['status', '--nonsense'], "unknown option '--nonsense'"],
  [['usage', '--from', 'yesterday'], '--from: yesterday is no time'],
  [['usage', '--from', '2026-02-31'], '--from: 2026-02-31 is no time'],
  [['usage', '--from', '1d', '--to', '2d'], '--from must be before --to'],
  [['usage', '--csv', '--json'], "'--csv' cannot be used with"],
  [['events', '--limit', '0'], '--limit: '],
  [['events', '--limit', 'x'], '--limit: '],
  [['serve', '--listen', 'x'], '--listen x is not HOST:PORT'],
  [['client', 'run', '--feature', 'f'], "missing required argument 'command'"],
  [['client', 'checkout'], "'--feature <name>' not specified"],
  [['client', 'checkout', '--feature', 'f', '--server', 'a:b'], '--server (number 1): '],
  [['client', 'checkout', '--feature', 'f', '--units', '0'], '--units: '],
  [['client', 'checkout', '--feature', 'f', '--borrow-until', '2020-01-01'], 'is in the past'],
  [['client', 'checkout', '--feature', 'f', '--feature-version', 'x'], '--feature-version: '],
  [['issue', 'keygen', '--out', 'k'], '--vendor is needed'],
])('refuses the wrong usage %j with status 2 and how it is used', async (args, message) => {
  const run = await runIn(makeTerminal(), ...args);
  expect(run.status).toBe(2);
  if (!args.includes('--json')) expect(run.stdout).toBe('');
  expect(run.stderr).toContain(message);
  expect(run.stderr).toContain('Usage: understudy');
});

it('puts wrong usage into JSON too, but not for what belongs to another command', async () => {
  const run = await runIn(makeTerminal(), 'status', '--nonsense', '--json');
  expect(run.status).toBe(2);
  expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'USAGE' } });
  const other = await runIn(makeTerminal(), 'client', 'run', '--', 'program', '--json');
  expect(other).toMatchObject({ status: 2, stdout: '' });
});

it('says with status 1 that no server is running', async () => {
  const run = await runIn(makeTerminal(), 'status', '--json');
  expect(run.status).toBe(1);
  expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'NODE_AWAY' } });
});

it.each([
  [['--json', '--data-dir', '/nowhere', 'status']],
  [['--data-dir=/nowhere', '--json', 'license', 'list']],
  [['license', '--json', '--data-dir', '/nowhere', 'list']],
  [['--data-dir', '/elsewhere', 'status', '--json', '--data-dir', '/nowhere']],
])('takes the options of every command before its name too: %j', async (args) => {
  const terminal = makeTerminal();
  const run = await runIn(terminal, ...args);
  expect(run.status).toBe(1);
  const { error } = JSON.parse(run.stdout) as { error: { code: string; message: string } };
  expect(error.code).toBe('NODE_AWAY');
  expect(error.message).toContain(adminAddress(resolve(terminal.workingDirectory, '/nowhere')));
});
