import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseHostPort } from '../../../src-shared/model/host-port.ts';
import { escapeHidden, hasHidden } from '../../../src-shared/model/hidden-characters.ts';
import { nodeSettingsSchema } from '../../../src-shared/model/node-settings.ts';
import { serverNameLengthMax } from '../../../src-shared/model/scalars.ts';
import type { ServeOptions } from '../../process/run-serve.ts';
import {
  addCommand,
  type CommandContext,
  commonOptionsSchema,
  perform,
} from '../frame/command-frame.ts';
import { readConfigFile } from '../frame/config-file.ts';
import { CliFailure, ExitStatus, UsageFailure } from '../frame/failure.ts';
import type { Terminal } from '../frame/terminal.ts';

const serveOptionsSchema = commonOptionsSchema.extend({
  name: z.string().optional(),
  listen: z.string().optional(),
  mdns: z.boolean().default(true),
  peer: z.array(z.string()).optional(),
  startAnew: z.boolean().default(false),
  admitGroup: z.boolean().default(false),
  config: z.string().min(1).optional(),
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
    .option('--config <file>', 'a configuration file that is applied first')
    .option('--start-anew', 'put a damaged ledger aside and begin an empty one')
    .option(
      '--admit-group',
      'let accounts in the group of this process administer the server too (not on Windows)',
    );
  perform(command, terminal, serveOptionsSchema, async (context, given) => {
    if (given.admitGroup && terminal.platform === 'win32') throw new UsageFailure(noGroups);
    const options = {
      ...readServeOptions(context, given),
      ...(await readConfigOption(context, given.config)),
    };
    // The node is most of the program and of no use to the other commands.
    const { runServe } = await import('../../process/run-serve.ts');
    const end = await runServe(options, {
      onServing: (adminAddress) => terminal.noteServing(adminAddress),
      onEvent: (event) => terminal.noteEvent(event),
    });
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

const noGroups =
  '--admit-group is about the groups of Linux and macOS. On Windows the installed service admits the ' +
  'local group “Understudy Admins”.';

/**
 * A server that has run before serves on with what it has when its configuration file is wrong, and says
 * so: its clients need it more than the change.
 *
 * @throws {CliFailure} a server that has never run has a file that is wrong
 */
async function readConfigOption(
  { terminal, dataDirectory }: CommandContext,
  path: string | undefined,
): Promise<Pick<ServeOptions, 'config' | 'configRefused'>> {
  if (path === undefined) return {};
  try {
    return { config: await readConfigFile(terminal, path) };
  } catch (error) {
    const hasRun = existsSync(join(dataDirectory, 'server-key.pem'));
    if (!(error instanceof CliFailure) || !hasRun) throw error;
    const message = `${error.message} This server goes on with the settings that it has.`;
    terminal.err(`understudy: ${message}\n`);
    return { configRefused: message };
  }
}

/** @throws {UsageFailure} for a value that is not of its form */
function readServeOptions(
  { dataDirectory }: CommandContext,
  given: z.output<typeof serveOptionsSchema>,
): ServeOptions {
  const { name, listenHost, fixedPeers } = nodeSettingsSchema.shape;
  if (given.name !== undefined && !name.safeParse(given.name).success) {
    throw new UsageFailure(
      hasHidden(given.name)
        ? `--name has characters that are not seen: ${escapeHidden(given.name)}. Give it without them.`
        : `--name must have 1 to ${serverNameLengthMax} characters.`,
    );
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
    admitGroup: given.admitGroup,
  };
}
