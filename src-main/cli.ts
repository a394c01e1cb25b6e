import { homedir } from 'node:os';
import { runCli } from './cli/start/run-cli.ts';
import { openTerminal } from './cli/frame/terminal.ts';

const status = await runCli(openTerminal(homedir()), __APP_VERSION__, process.argv.slice(2));
// Output that could not be written has set a status of its own.
process.exitCode = status || process.exitCode;
