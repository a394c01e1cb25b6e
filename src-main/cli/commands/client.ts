import type { Command } from 'commander';
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  clientConfigSchema,
  describeNoServers,
  namesServers,
} from '../../../src-shared/client/client-config.ts';
import { userConfigFile, writeClientConfig } from '../client/client-config-file.ts';
import { addServerOptions, serverOptionsSchema } from '../client/client-session.ts';
import { addCommand, addGroup, perform } from '../frame/command-frame.ts';
import { machineConfigFile } from '../../files/default-paths.ts';
import { UsageFailure } from '../frame/failure.ts';
import type { Terminal } from '../frame/terminal.ts';
import { addBorrowCommands } from './client-borrow.ts';
import { addCheckoutCommand } from './client-checkout.ts';
import { addRunCommand } from './client-run.ts';

export function addClientCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(program, 'client', 'a licence client for workstations and scripts');
  addInit(group, terminal);
  addCheckoutCommand(group, terminal);
  addRunCommand(group, terminal);
  addBorrowCommands(group, terminal);
}

const initOptionsSchema = serverOptionsSchema.extend({
  discover: z.boolean(),
  file: z.string().min(1).optional(),
  machine: z.boolean().default(false),
  force: z.boolean().default(false),
});

const describeSearch =
  'No licence server is named, so that each start looks for one on the network, for a second or so.';

function addInit(group: Command, terminal: Terminal): void {
  const command = addServerOptions(
    addCommand(group, 'init', {
      summary: 'write the client configuration of this user, or of the machine',
      example: 'understudy client init --server lic-a:7470 --secondary lic-b:7470',
    }),
  )
    .option('--no-discover', 'never look for servers on the network')
    .option('--file <file>', 'write the configuration to this file')
    .option('--machine', 'write the configuration for every user of this machine')
    .option('--force', 'replace a configuration that is there');
  perform(command, terminal, initOptionsSchema, async (context, options) => {
    if (options.file !== undefined && options.machine) {
      throw new UsageFailure('use --file or --machine, not both');
    }
    const file =
      options.file !== undefined
        ? resolve(terminal.workingDirectory, options.file)
        : options.machine
          ? machineConfigFile(terminal)
          : userConfigFile(context);
    const config = clientConfigSchema.parse({
      primary: options.server,
      secondary: options.secondary,
      discover: options.discover,
      timeoutMs: options.timeoutMs,
      graceSeconds: options.graceSeconds,
      fingerprints: options.fingerprint,
    });
    const { force, machine } = options;
    await writeClientConfig(file, config, { force, forAll: machine });
    const found = terminal.clientPolicy();
    const ruled = found.ok ? Object.keys(found.policy) : [];
    if (ruled.length === 0 && !namesServers(config)) {
      const what = config.discover ? describeSearch : describeNoServers(false);
      terminal.err(`understudy: ${what}\n`);
    }
    if (ruled.length > 0) {
      terminal.err(
        `understudy: The policy of this machine says these in its place: ${ruled.join(', ')}.\n`,
      );
    }
    return { document: { file, config }, text: `${file} was written.` };
  });
}
