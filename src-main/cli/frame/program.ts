import { Command, CommanderError } from 'commander';
import { escapeHiddenInText } from '../../../src-shared/model/hidden-characters.ts';
import { addCommonOptions, usageOf } from './command-frame.ts';
import { CliFailure, ExitStatus, UsageFailure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** Adds a command, or several that belong together. */
export type AddCommands = (program: Command, terminal: Terminal) => void;

/** A program `understudy` with these commands. */
export function assembleProgram(
  terminal: Terminal,
  version: string,
  commands: readonly AddCommands[],
): Command {
  const program = new Command('understudy');
  program
    .description('Floating licences that stay available: server, admin tools and client.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'say how it is used')
    .helpCommand(false)
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text),
      outputError: () => undefined,
    })
    .exitOverride((error) => {
      if (error.exitCode === 0 || error.code === 'commander.help') throw error;
      throw new UsageFailure(error.message.replace(/^error: /, ''), usageOf(program));
    });
  addCommonOptions(program);
  for (const add of commands) add(program, terminal);
  return program;
}

/**
 * Runs one command line (without the program's name) and resolves with the exit status: 0 done, 1
 * refused or failed, 2 wrong usage. Failures are printed; nothing is thrown.
 */
export async function runProgram(
  terminal: Terminal,
  program: Command,
  args: string[],
): Promise<number> {
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    const separator = args.indexOf('--');
    const own = separator === -1 ? args : args.slice(0, separator);
    return reportFailure(terminal, own.includes('--json'), error);
  }
}

function reportFailure(terminal: Terminal, json: boolean, error: unknown): number {
  if (error instanceof ExitStatus) return error.status;
  // Help and the version have been printed by now.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const say = (code: string, message: string, details = {}): void => {
    const document = { error: { code, message, ...details } };
    if (json) terminal.out(`${escapeHiddenInText(JSON.stringify(document, null, 2))}\n`);
    terminal.err(`understudy: ${escapeHiddenInText(message)}\n`);
  };
  if (error instanceof UsageFailure) {
    say('USAGE', error.message);
    if (error.usage !== undefined) terminal.err(`${error.usage}\n`);
    return 2;
  }
  if (error instanceof CliFailure) {
    say(error.code, error.message, error.details);
    for (const line of error.lines) terminal.err(`${line}\n`);
    return 1;
  }
  say('INTERNAL', `This is a mistake in Understudy: ${String(error)}`);
  if (error instanceof Error && error.stack !== undefined) terminal.err(`${error.stack}\n`);
  return 1;
}
