import type { Command } from 'commander';
import { relationshipReferenceSchema } from '../../../src-shared/contract/relationship-plan.ts';
import { commonOptionsSchema } from './command-frame.ts';

/** `--relationship`, of a command about one of several relationships of a server. */
export function addRelationshipOption(command: Command, without: string): Command {
  return command.option(
    '--relationship <name>',
    `of several, the one with this server, or the pool of this name, or its id (without it: ${without})`,
  );
}

export const relationshipOptionsSchema = commonOptionsSchema.extend({
  relationship: relationshipReferenceSchema.optional(),
});

/** As the node takes it. */
export function chosen(relationship: string | undefined): { relationship?: string } {
  return relationship === undefined ? {} : { relationship };
}
