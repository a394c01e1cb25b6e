import type { Command } from 'commander';
import type { MemberChange } from '../../../src-shared/contract/relationship-plan.ts';
import {
  addCommand,
  type CommandContext,
  type CommandResult,
  perform,
} from '../frame/command-frame.ts';
import { callNode } from '../frame/open-node.ts';
import {
  addRelationshipOption,
  chosen,
  relationshipOptionsSchema,
} from '../frame/relationship-option.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatRelationship } from '../text/relationship-text.ts';

/** Members that come, go, take each other's place or another order, while licences are served. */
export function addMemberCommands(group: Command, terminal: Terminal): void {
  const add = addCommand(group, 'add <server>', {
    summary:
      'let one more server keep the licences of a pool, or of a backup, which becomes a triad',
    example: 'understudy relationship add lic-c',
  });
  performChange(add, terminal, ([server = '']) => ({ change: 'add', server }));

  const remove = addCommand(group, 'remove <server>', {
    summary: 'take a server out of a pool or a triad, which becomes a backup; it need not be alive',
    example: 'understudy relationship remove lic-c',
  });
  performChange(remove, terminal, ([server = '']) => ({ change: 'remove', server }));

  const replace = addCommand(group, 'replace <old> <new>', {
    summary: 'give the place of one server to another one; the old one need not be alive',
    example: 'understudy relationship replace lic-b lic-d',
  });
  performChange(replace, terminal, ([server = '', by = '']) => ({ change: 'replace', server, by }));

  const order = addCommand(group, 'order <servers>', {
    summary: 'change the order in which the servers come to serve',
    example: 'understudy relationship order lic-b,lic-a,lic-c',
  });
  performChange(order, terminal, ([servers = '']) => ({
    change: 'order',
    servers: servers.split(',').map((server) => server.trim()),
  }));
}

function performChange(
  command: Command,
  terminal: Terminal,
  read: (args: string[]) => MemberChange,
): void {
  addRelationshipOption(command, 'the only one');
  perform(command, terminal, relationshipOptionsSchema, (context, { relationship }, args) =>
    change(context, { ...read(args), ...chosen(relationship) }),
  );
}

async function change(context: CommandContext, given: MemberChange): Promise<CommandResult> {
  const document = await callNode(context, 'relationship.members', given);
  const { relationship } = document;
  const text =
    relationship === null
      ? 'This server is no member of the relationship any longer.'
      : formatRelationship(relationship);
  return { document, text };
}
