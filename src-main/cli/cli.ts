import { homedir } from 'node:os';
import { runCli } from './program.ts';
import { openTerminal } from './terminal.ts';

process.exitCode = await runCli(openTerminal(homedir()), __APP_VERSION__, process.argv.slice(2));
