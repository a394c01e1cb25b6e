import { runServe } from './serve-command.ts';

process.exit(await runServe(process.argv.slice(2)));
