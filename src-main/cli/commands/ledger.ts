import type { Command } from 'commander';
import { z } from 'zod';
import { addCommand, addGroup, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { callNode } from '../frame/open-node.ts';
import type { Terminal } from '../frame/terminal.ts';

const acceptOptionsSchema = commonOptionsSchema.extend({ force: z.boolean().default(false) });

export function addLedgerCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(program, 'ledger', 'what this server has written down');
  const command = addCommand(group, 'accept-loss', {
    summary: 'give up data that this server has lost, and serve what there is',
    example: 'understudy ledger accept-loss',
  }).option('--force', 'also when another server has changes that are dropped by that');
  perform(command, terminal, acceptOptionsSchema, async (context, { force }) => {
    await callNode(context, 'ledger.acceptLoss', { force });
    const text =
      'The loss is accepted: this server serves again with what it has. Look through its licences and\n' +
      'seats (understudy license list, understudy lease list), and import what is missing.';
    return { document: { accepted: true }, text };
  });
}
