import { app } from 'electron';
import { deriveCommandLine } from './desktop/start/launch.ts';

// Before the application is ready, so that a command needs no display: only its end lets it go on.
const commandLine = deriveCommandLine(process.argv, app.isPackaged);
if (commandLine) {
  const { runCommand } = await import('./cli/start/run-command.ts');
  const status = await runCommand(commandLine);
  if (status !== null) process.exit(status);
}

const { startDesktop } = await import('./desktop/start/start-desktop.ts');
startDesktop();
