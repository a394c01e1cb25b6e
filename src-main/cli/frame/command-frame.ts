import { type Command } from 'commander';
import { resolve } from 'node:path';
import { z } from 'zod';
import { escapeHiddenInText } from '../../../src-shared/model/hidden-characters.ts';
import { DamagedMachineFile } from '../../admin/installed-server.ts';
import { userDirectory } from '../../files/default-paths.ts';
import { CliFailure, ExitStatus, UsageFailure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** What a command has to say: `document` for `--json`, `text` for people. */
export interface CommandResult {
  document: object;
  text: string;
  /** The command was carried out, and the outcome is bad: exit status 1 after all that there is to say. */
  failure?: CliFailure;
}

/** Options that every command has. */
export const commonOptionsSchema = z.object({
  json: z.boolean().default(false),
  dataDir: z.string().min(1).optional(),
});

export interface CommandContext {
  terminal: Terminal;
  /** Of the server: `--data-dir`, or that of the server installed on this machine, or this user's. */
  readonly dataDirectory: string;
  /** What is not about a server on this machine: `--data-dir`, or this user's. */
  readonly ownDirectory: string;
  json: boolean;
}

interface CommandDescription {
  summary: string;
  /** A whole command line. */
  example: string;
}

/** A command that holds others. */
export function addGroup(parent: Command, name: string, summary: string): Command {
  const group = parent.command(name).description(summary).helpCommand(false);
  return withUsageFailures(addCommonOptions(group));
}

/** A command with the options that all have; `nameAndArguments` as commander writes them. */
export function addCommand(
  parent: Command,
  nameAndArguments: string,
  { summary, example }: CommandDescription,
): Command {
  const command = parent
    .command(nameAndArguments)
    .description(summary)
    .addHelpText('after', `\nExample:\n  $ ${example}`);
  return withUsageFailures(addCommonOptions(command));
}

/** Options of every command, which may stand before its name as well as after it. */
export function addCommonOptions(command: Command): Command {
  return command
    .option(
      '--data-dir <dir>',
      'data directory of the server (default: that of the installed one, or of this user)',
    )
    .option('--json', 'print one JSON document');
}

/** What was given to a command, and before its name; the nearer to it, the more it counts. */
function givenTo(command: Command): unknown {
  const chain: Command[] = [];
  for (let at: Command | null = command; at; at = at.parent) chain.unshift(at);
  return Object.assign({}, ...chain.map((one) => one.opts())) as unknown;
}

/**
 * Gives a command its work. Options are checked by `schema`; a result is printed once, in the form
 * that was asked for. Null: the command has printed for itself.
 */
export function perform<S extends z.ZodType>(
  command: Command,
  terminal: Terminal,
  schema: S,
  work: (
    context: CommandContext,
    options: z.output<S>,
    args: string[],
  ) => Promise<CommandResult | null>,
): void {
  command.action(async () => {
    const given = givenTo(command);
    const { json, dataDir } = commonOptionsSchema.parse(given);
    const options = schema.safeParse(given);
    if (!options.success) {
      throw new UsageFailure(describeOptions(options.error), usageOf(command));
    }
    const context = makeContext(terminal, json, dataDir);
    const result = await work(context, options.data, command.args).catch((error: unknown) => {
      throw error instanceof UsageFailure
        ? new UsageFailure(error.message, usageOf(command))
        : error;
    });
    if (result === null) return;
    printResult(context, result);
    if (result.failure) throw new ExitStatus(1);
  });
}

function makeContext(
  terminal: Terminal,
  json: boolean,
  dataDir: string | undefined,
): CommandContext {
  const told = dataDir === undefined ? undefined : resolve(terminal.workingDirectory, dataDir);
  const ownDirectory = told ?? userDirectory(terminal);
  return {
    terminal,
    json,
    ownDirectory,
    // Looked for by the commands that are about a server.
    get dataDirectory() {
      return told ?? installedDirectory(terminal) ?? ownDirectory;
    },
  };
}

function installedDirectory(terminal: Terminal): string | undefined {
  try {
    return terminal.installedServer()?.dataDirectory;
  } catch (error) {
    if (error instanceof DamagedMachineFile) {
      throw new CliFailure('MACHINE_FILE_DAMAGED', error.message);
    }
    throw error;
  }
}

/** Prints what a command has to say, in the form that was asked for. */
export function printResult({ terminal, json }: CommandContext, result: CommandResult): void {
  const { document, failure } = result;
  const error = failure && { error: { code: failure.code, message: failure.message } };
  const text = json ? JSON.stringify({ ...document, ...error }, null, 2) : result.text;
  if (text !== '') terminal.out(`${escapeHiddenInText(text)}\n`);
  if (failure) terminal.err(`understudy: ${escapeHiddenInText(failure.message)}\n`);
}

/** `Usage: understudy license import [options] <file>`. */
export function usageOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
  return `Usage: ${names.join(' ')} ${command.usage()}`;
}

function withUsageFailures(command: Command): Command {
  return command.exitOverride((error) => {
    if (error.exitCode === 0 || error.code === 'commander.help') throw error;
    const message = error.message.replace(/^error: /, '');
    const given = error.code === 'commander.excessArguments' ? `: ${command.args.join(' ')}.` : '.';
    throw new UsageFailure(message.replace(/\.$/, given), usageOf(command));
  });
}

function describeOptions(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const [name, ...rest] = issue.path;
      const option = String(name ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const place = rest.length === 0 ? '' : ` (number ${Number(rest[0]) + 1})`;
      return `--${option}${place}: ${issue.message}`;
    })
    .join('; ');
}

/** Of an option that may be given several times: all values, in order. */
export function collect(value: string, former: string[] | undefined): string[] {
  return [...(former ?? []), value];
}
