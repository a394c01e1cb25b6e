import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { createProgram, runCli } from './run-cli.ts';
import { openTerminal } from '../frame/terminal.ts';

/**
 * Exit status of the command line `args`. Null when it is none: a file that was dropped on the
 * program's icon. Any other word that is no command is wrong usage, which the command line says.
 */
export async function runCommand(args: string[]): Promise<number | null> {
  const terminal = openTerminal(homedir());
  const commands = createProgram(terminal, __APP_VERSION__).commands.map((command) =>
    command.name(),
  );
  const first = args.find((arg, i) => !arg.startsWith('-') && args[i - 1] !== '--data-dir') ?? '';
  if (!commands.includes(first) && existsSync(first)) return null;
  const status = await runCli(terminal, __APP_VERSION__, args);
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
  return status;
}

/** Pipes are written in the background on Windows, and the end of the process would cut them off. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
