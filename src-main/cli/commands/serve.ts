import type { Command } from 'commander';
import { z } from 'zod';
import { parseServeArguments } from '../../serve-arguments.ts';
import { addCommand, commonOptionsSchema, perform } from '../command-frame.ts';
import { CliFailure, ExitStatus, UsageFailure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

const serveOptionsSchema = commonOptionsSchema.extend({
  name: z.string().optional(),
  listen: z.string().optional(),
  mdns: z.boolean().default(true),
  peer: z.array(z.string()).default([]),
  startAnew: z.boolean().default(false),
});

export function addServeCommand(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'serve', {
    summary: 'run the licence server without a window until it is told to stop',
    example: 'understudy serve --data-dir /var/lib/understudy --listen 0.0.0.0:7470',
  })
    .option('--name <name>', "the name that admins and clients see (default: the host's)")
    .option('--listen <host:port>', 'where clients connect (default: 0.0.0.0:7470)')
    .option('--no-mdns', 'neither look for other servers on the network nor be found there')
    .option('--peer <host:port...>', 'look for another server there; can be given several times')
    .option('--start-anew', 'put a damaged ledger aside and begin an empty one');
  perform(command, terminal, serveOptionsSchema, async (context, options) => {
    const argv = ['--data-dir', context.dataDirectory];
    if (options.name !== undefined) argv.push('--name', options.name);
    if (options.listen !== undefined) argv.push('--listen', options.listen);
    if (!options.mdns) argv.push('--no-mdns');
    for (const peer of options.peer) argv.push('--peer', peer);
    if (options.startAnew) argv.push('--start-anew');
    const parsed = parseServeArguments(argv);
    if (parsed.type === 'wrong') throw new UsageFailure(parsed.why);
    // The node is most of the program and of no use to the other commands.
    const { runServe } = await import('../../serve-command.ts');
    let failure: CliFailure | undefined;
    const status = await runServe(argv, ({ code, message }) => {
      failure = new CliFailure(code, message);
    });
    if (failure) throw failure;
    if (status !== 0) throw new ExitStatus(status);
    return null;
  });
}
