import type { Command } from 'commander';
import { basename, resolve } from 'node:path';
import { z } from 'zod';
import type { AdminResult } from '../../../src-shared/contract/admin.ts';
import {
  type ServerConfig,
  serverConfigFileSchema,
} from '../../../src-shared/model/server-config.ts';
import { makePairingCode } from '../../node/peers/pairing/pairing-code.ts';
import { addCommand, addGroup, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import type { CommandContext, CommandResult } from '../frame/command-frame.ts';
import { readConfigFile } from '../frame/config-file.ts';
import { CliFailure } from '../frame/failure.ts';
import { writeNewFile } from '../frame/new-file.ts';
import { openNode, callNode } from '../frame/open-node.ts';
import type { Terminal } from '../frame/terminal.ts';

export function addConfigCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(program, 'config', 'set servers up from files, one or a fleet');
  addCheck(group, terminal);
  addApply(group, terminal);
  addExport(group, terminal);
  addInvitation(group, terminal);
  addSchema(group, terminal);
}

type Applied = AdminResult<'config.apply'> & { running: boolean };

function addCheck(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'check <file>', {
    summary: 'say whether a configuration file is right and what it would change; changes nothing',
    example: 'understudy config check licences-1.json',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [path = '']) => {
    const applied = await applyFile(context, path, true);
    const first = `${path} is right.`;
    return describe(applied, [first], 'It would', 'Nothing would change.');
  });
}

function addApply(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'apply <file>', {
    summary: 'make this server what a configuration file says, whether it runs or not',
    example: 'understudy config apply licences-1.json --data-dir /var/lib/understudy',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [path = '']) => {
    const applied = await applyFile(context, path, false);
    const when =
      'The server does not run: its settings are changed, and its next start does the rest.';
    const first = applied.running || applied.changes.length === 0 ? [] : [when];
    return describe(applied, first, 'Applied:', 'Nothing changed: the server is as the file says.');
  });
}

function describe(
  { changes, waits, running }: Applied,
  first: string[],
  verb: string,
  none: string,
): CommandResult {
  const text = [
    ...first,
    ...(changes.length === 0 ? [none] : [verb, ...changes.map((change) => `- ${change}`)]),
    ...(waits.length === 0 ? [] : ['Not done yet, and tried again until it is:']),
    ...waits.map((wait) => `- ${wait}`),
  ];
  return { document: { running, changes, waits }, text: text.join('\n') };
}

/** By the server, or in its data directory when it does not run. */
async function applyFile(context: CommandContext, path: string, dryRun: boolean): Promise<Applied> {
  const config = await readConfigFile(context.terminal, path);
  const fileName = path === '-' ? 'standard input' : basename(path).slice(0, 256);
  const answer = await openNode(context).call('config.apply', { config, fileName, dryRun });
  if (answer.ok) return { ...answer.value, running: true };
  if (answer.code !== 'NODE_AWAY') throw new CliFailure(answer.code, answer.message);
  return { changes: await prepare(context, config, dryRun), waits: [], running: false };
}

async function prepare(
  { dataDirectory }: CommandContext,
  config: ServerConfig,
  dryRun: boolean,
): Promise<string[]> {
  // Loaded when it is needed: it opens the lock of the data directory, which is a database.
  const { prepareConfigOf } = await import('../../node/config/prepare-config.ts');
  try {
    return await prepareConfigOf(dataDirectory, config, dryRun);
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    const isExpected = error instanceof Error && error.name === 'NodeStartFailure';
    if (isExpected && typeof code === 'string') throw new CliFailure(code, error.message);
    throw error;
  }
}

function addExport(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'export', {
    summary: 'print a configuration file of this server, without codes and keys',
    example: 'understudy config export --out licences-1.json',
  }).option('--out <file>', 'write it there; an existing file is never overwritten');
  const schema = commonOptionsSchema.extend({ out: z.string().min(1).optional() });
  perform(command, terminal, schema, async (context, { out }) => {
    const { config } = await callNode(context, 'config.export', {});
    const text = JSON.stringify(config, null, 2);
    if (out === undefined) return { document: config, text };
    const path = resolve(terminal.workingDirectory, out);
    await writeNewFile(path, `${text}\n`, 0o600);
    return { document: { file: path }, text: `${path} was written.` };
  });
}

function addInvitation(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'invitation', {
    summary: 'make a code for the configuration files of two servers, which are paired by it',
    example: 'understudy config invitation',
  });
  perform(command, terminal, commonOptionsSchema, async () => {
    const code = makePairingCode();
    return { document: { code }, text: code };
  });
}

function addSchema(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'schema', {
    summary: 'print the JSON schema of configuration files, for an editor',
    example: 'understudy config schema',
  });
  perform(command, terminal, commonOptionsSchema, async () => {
    const document = makeConfigSchema();
    return { document, text: JSON.stringify(document, null, 2) };
  });
}

/** JSON schema (2020-12) of a configuration file. */
export function makeConfigSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(serverConfigFileSchema, { io: 'input' }),
    title: 'Configuration of an Understudy licence server',
  };
}
