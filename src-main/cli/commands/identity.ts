import type { Command } from 'commander';
import { z } from 'zod';
import { addCommand, addGroup, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { callNode } from '../frame/open-node.ts';
import { describeNextKey } from '../text/next-key-text.ts';
import type { Terminal } from '../frame/terminal.ts';

const renewOptionsSchema = commonOptionsSchema.extend({ force: z.boolean().default(false) });

export function addIdentityCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(program, 'identity', 'who this server is');
  const command = addCommand(group, 'renew', {
    summary: 'give a server that is a copy of another one an identity of its own',
    example: 'understudy identity renew',
  }).option('--force', 'also when no other server with the same identity was seen');
  perform(command, terminal, renewOptionsSchema, async (context, { force }) => {
    const document = await callNode(context, 'identity.renew', { force });
    const text = [
      ...describeNextKey('identity', document),
      '',
      'Licences, seats and pairings stay with the server that this one is a copy of. Its ledger here is',
      'kept under another name in the data directory.',
    ];
    return { document, text: text.join('\n') };
  });
}
