import type { Command } from 'commander';
import { z } from 'zod';
import type { RelationshipPlan } from '../../../src-shared/contract/relationship-plan.ts';
import { ledgerMembersMax } from '../../../src-shared/model/ledger-config.ts';
import { policySchema } from '../../../src-shared/model/relationship.ts';
import {
  type CommandContext,
  type CommandResult,
  commonOptionsSchema,
  perform,
} from '../frame/command-frame.ts';
import type { Terminal } from '../frame/terminal.ts';

type WithPlan = (context: CommandContext, plan: RelationshipPlan) => Promise<CommandResult>;

/** How the servers of one kind of relationship are given on the command line. */
export interface PlanForm {
  kind: RelationshipPlan['kind'];
  /** The servers of this kind in an example, and options that only make sense where one is created. */
  servers: string;
  more?: string;
  /** What creating it does, as the beginning of a sentence. */
  does: string;
  /** Gives the command its options; `act` gets what they come to. */
  plan: (command: Command, terminal: Terminal, act: WithPlan) => void;
}

const reference = z.string().min(1).max(64);

const backupOptionsSchema = commonOptionsSchema.extend({
  main: reference,
  backup: reference,
  mutual: z.boolean().default(false),
  witness: reference.optional(),
  policy: policySchema.default('available'),
});

const poolOptionsSchema = commonOptionsSchema.extend({
  name: z.string().min(1).max(63),
  servers: z.string().min(1),
});

const triadOptionsSchema = commonOptionsSchema.extend({
  primary: reference,
  secondary: reference,
  tertiary: reference,
});

export const planForms: readonly PlanForm[] = [
  {
    kind: 'backup',
    servers: '--main lic-a --backup lic-b',
    more: ' --mutual',
    does: 'let one server take over from another',
    plan: (command, terminal, act) => {
      command
        .requiredOption('--main <server>', 'the server whose licences are protected: name or id')
        .requiredOption('--backup <server>', 'the server that takes over from it: name or id')
        .option('--mutual', 'the main server takes over from the backup server too')
        .option('--policy <policy>', 'available or strict (default: available)')
        .option('--witness <server>', 'the third server that votes; strict needs one');
      perform(command, terminal, backupOptionsSchema, async (context, options) => {
        const { main, backup, mutual, witness, policy } = options;
        const plan = { kind: 'backup', main, backup, mutual, policy } as const;
        return act(context, witness === undefined ? plan : { ...plan, witness });
      });
    },
  },
  {
    kind: 'triad',
    servers: '--primary lic-a --secondary lic-b --tertiary lic-c',
    does: 'let three servers keep the licences of the first, and any two of them serve',
    plan: (command, terminal, act) => {
      command
        .requiredOption('--primary <server>', 'the server whose licences are kept: name or id')
        .requiredOption('--secondary <server>', 'the server that takes over from it')
        .requiredOption('--tertiary <server>', 'the server that takes over when neither can');
      perform(command, terminal, triadOptionsSchema, async (context, options) => {
        const { primary, secondary, tertiary } = options;
        return act(context, { kind: 'triad', primary, secondary, tertiary });
      });
    },
  },
  {
    kind: 'pool',
    servers: '--name floor-1 --servers lic-a,lic-b,lic-c,lic-d',
    does: `let 2 to ${ledgerMembersMax} servers keep the licences of the first, the next in order serving when it fails`,
    plan: (command, terminal, act) => {
      command
        .requiredOption('--name <name>', 'what the pool is called')
        .requiredOption('--servers <list>', 'names or ids in the order to serve, with commas');
      perform(command, terminal, poolOptionsSchema, async (context, { name, servers }) => {
        const list = servers.split(',').map((server) => server.trim());
        return act(context, { kind: 'pool', name, servers: list });
      });
    },
  },
];
