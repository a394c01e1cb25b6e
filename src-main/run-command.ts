import { homedir } from 'node:os';
import { createProgram, runCli } from './cli/program.ts';
import { openTerminal } from './cli/terminal.ts';

/** Exit status of the command line `args`, or null when it does not begin with a command. */
export async function runCommand(args: string[]): Promise<number | null> {
  const terminal = openTerminal(homedir());
  const commands = createProgram(terminal, __APP_VERSION__).commands.map((command) =>
    command.name(),
  );
  const first = args[0] ?? '';
  if (!first.startsWith('-') && !commands.includes(first)) return null;
  const status = await runCli(terminal, __APP_VERSION__, args);
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
  return status;
}

/** Pipes are written in the background on Windows, and the end of the process would cut them off. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
