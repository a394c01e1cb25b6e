import type { Command } from 'commander';
import { z } from 'zod';
import { parseHostPort } from '../../../src-shared/model/host-port.ts';
import { nodeSettingsSchema } from '../../../src-shared/model/node-settings.ts';
import { serverNameLengthMax } from '../../../src-shared/model/scalars.ts';
import type { ServeOptions } from '../../process/run-serve.ts';
import {
  addCommand,
  type CommandContext,
  commonOptionsSchema,
  perform,
} from '../frame/command-frame.ts';
import { CliFailure, ExitStatus, UsageFailure } from '../frame/failure.ts';
import type { Terminal } from '../frame/terminal.ts';

const serveOptionsSchema = commonOptionsSchema.extend({
  name: z.string().optional(),
  listen: z.string().optional(),
  mdns: z.boolean().default(true),
  peer: z.array(z.string()).optional(),
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
    .option(
      '--peer <host:port...>',
      'look for another server at this address; can be given several times',
    )
    .option('--start-anew', 'put a damaged ledger aside and begin an empty one');
  perform(command, terminal, serveOptionsSchema, async (context, given) => {
    const options = readServeOptions(context, given);
    // The node is most of the program and of no use to the other commands.
    const { runServe } = await import('../../process/run-serve.ts');
    const end = await runServe(options, { onServing: () => terminal.noteServing() });
    switch (end.type) {
      case 'stopped':
        return null;
      case 'notStarted':
        throw new CliFailure(end.failure.code, end.failure.message);
      case 'died':
        throw new ExitStatus(1);
    }
  });
}

/** @throws {UsageFailure} for a value that is not of its form */
function readServeOptions(
  { dataDirectory }: CommandContext,
  given: z.output<typeof serveOptionsSchema>,
): ServeOptions {
  const { name, listenHost, fixedPeers } = nodeSettingsSchema.shape;
  if (given.name !== undefined && !name.safeParse(given.name).success) {
    throw new UsageFailure(`--name must have 1 to ${serverNameLengthMax} characters.`);
  }
  const listen = given.listen === undefined ? undefined : parseHostPort(given.listen);
  if (given.listen !== undefined && !listenHost.safeParse(listen?.host).success) {
    throw new UsageFailure(`--listen ${given.listen} is not HOST:PORT, such as 0.0.0.0:7470.`);
  }
  const peers = fixedPeers.optional().safeParse(given.peer);
  if (!peers.success) {
    throw new UsageFailure(
      `--peer takes 1 to 32 addresses, each HOST:PORT, such as lic-b:7470; given was ${given.peer?.join(' ') ?? ''}.`,
    );
  }
  return {
    dataDirectory,
    name: given.name,
    listen,
    mdns: given.mdns ? undefined : false,
    fixedPeers: peers.data,
    startAnew: given.startAnew,
  };
}
