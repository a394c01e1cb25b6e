import { homedir } from 'node:os';
import { addServeCommand } from './cli/commands/serve.ts';
import { assembleProgram, runProgram } from './cli/frame/program.ts';
import { openTerminal } from './cli/frame/terminal.ts';

// The command `understudy serve` without the others: what a service or a test starts is the node alone.
const terminal = openTerminal(homedir());
const program = assembleProgram(terminal, __APP_VERSION__, [addServeCommand]);
process.exit(await runProgram(terminal, program, ['serve', ...process.argv.slice(2)]));
