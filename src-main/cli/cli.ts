import { homedir } from 'node:os';
import { runCli } from './program.ts';
import { openTerminal } from './terminal.ts';

const status = await runCli(openTerminal(homedir()), __APP_VERSION__, process.argv.slice(2));
// Output that could not be written has set a status of its own.
process.exitCode = status || process.exitCode;
