import type { Command } from 'commander';
import { z } from 'zod';
import type { RelationshipPlan } from '../../../src-shared/contract/relationship-plan.ts';
import type {
  RelationshipCheck,
  RelationshipStatus,
} from '../../../src-shared/model/relationship.ts';
import { addCommand, addGroup, type CommandContext, perform } from '../frame/command-frame.ts';
import { CliFailure } from '../frame/failure.ts';
import {
  addRelationshipOption,
  chosen,
  relationshipOptionsSchema,
} from '../frame/relationship-option.ts';
import { callNode } from '../frame/open-node.ts';
import { type PlanForm, planForms } from './plan-forms.ts';
import { addConsentCommands } from './relationship-consent.ts';
import { addMemberCommands } from './relationship-members.ts';
import { changeKeysHelp, parseRelationshipChange } from './relationship-change.ts';
import {
  describeCoverage,
  formatRelationship,
  describeSettings,
  namer,
} from '../text/relationship-text.ts';
import { printable } from '../text/table.ts';
import type { Terminal } from '../frame/terminal.ts';

export function addRelationshipCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(program, 'relationship', 'servers that protect each other');
  const check = addGroup(group, 'check', 'say what a relationship would lack; changes nothing');
  const create = addGroup(group, 'create', 'let servers protect each other');
  for (const form of planForms) {
    addCheck(check, terminal, form);
    addCreate(create, terminal, form);
  }
  addShow(group, terminal);
  addConsentCommands(group, terminal);
  addSet(group, terminal);
  addMemberCommands(group, terminal);
  addDissolve(group, terminal);
}

function addCheck(group: Command, terminal: Terminal, { kind, servers, plan }: PlanForm): void {
  const command = addCommand(group, kind, {
    summary: `say what a ${kind} of these servers would lack, and what it would protect`,
    example: `understudy relationship check ${kind} ${servers}`,
  });
  plan(command, terminal, async (context, given) => {
    const document = await callNode(context, 'relationship.check', given);
    const result = { document, text: await describeCheck(context, document) };
    const { missing } = document;
    if (missing.length === 0) return result;
    const failure = new CliFailure(
      'RELATIONSHIP_INCOMPLETE',
      'The relationship cannot be created yet. Mend what is missing.',
    );
    return { ...result, failure };
  });
}

function addCreate(group: Command, terminal: Terminal, form: PlanForm): void {
  const { kind, servers, does, more = '', plan } = form;
  const command = addCommand(group, kind, {
    summary: `${does}; ends when it protects`,
    example: `understudy relationship create ${kind} ${servers}${more}`,
  });
  plan(command, terminal, async (context, given) => {
    const document = await callNode(context, 'relationship.create', given).catch(
      async (error: unknown) => {
        const incomplete = error instanceof CliFailure && error.code === 'RELATIONSHIP_INCOMPLETE';
        throw incomplete ? await explainMissing(context, given, error) : error;
      },
    );
    return { document, text: formatRelationship(document.relationship) };
  });
}

/** A refusal that names all that is missing, one a line. */
async function explainMissing(
  context: CommandContext,
  plan: RelationshipPlan,
  refusal: CliFailure,
): Promise<CliFailure> {
  const { missing } = await callNode(context, 'relationship.check', plan);
  if (missing.length < 2) return refusal;
  const lines = missing.map(({ message }) => printable(`- ${message}`));
  const message = 'The relationship was not created. This has to be mended first:';
  return new CliFailure(refusal.code, message, { missing }, lines);
}

function addShow(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'show', {
    summary: 'show who protects whom, the settings, and which licences are protected',
    example: 'understudy relationship show',
  });
  addRelationshipOption(command, 'all of them');
  perform(command, terminal, relationshipOptionsSchema, async (context, { relationship }) => {
    const document = await callNode(context, 'relationship.show', chosen(relationship));
    const { relationships, licenses } = document;
    if (relationships.length === 0) return { document, text: noRelationship };
    const members = relationships.map((one) => one.members);
    const text = [
      ...relationships.flatMap((one) => [formatRelationship(one), describeSettings(one)]),
      describeCoverage(licenses, namer(...members)),
    ].join('\n\n');
    return { document, text };
  });
}

const noRelationship =
  'This server is in no relationship: nobody takes over when it stops. To set one up, pair it with ' +
  'another server, then: understudy relationship create backup --main SERVER --backup SERVER';

function addSet(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'set <key=value...>', {
    summary: 'change the relationship while licences go on being served',
    example: 'understudy relationship set takeoverAfterMs=2000 reclaim=manual',
  }).addHelpText('after', `\nKeys:\n${changeKeysHelp()}`);
  addRelationshipOption(command, 'the only one');
  perform(command, terminal, relationshipOptionsSchema, async (context, { relationship }, args) => {
    const change = { ...parseRelationshipChange(args), ...chosen(relationship) };
    const document = await callNode(context, 'relationship.set', change);
    return { document, text: describeChanged(document.relationship) };
  });
}

const dissolveOptionsSchema = relationshipOptionsSchema.extend({
  force: z.boolean().default(false),
});

function addDissolve(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'dissolve', {
    summary: 'end the relationship; each server keeps its own licences',
    example: 'understudy relationship dissolve',
  }).option('--force', 'dissolve it also when the other server cannot be reached, or serves');
  addRelationshipOption(command, 'the only one');
  perform(command, terminal, dissolveOptionsSchema, async (context, { force, relationship }) => {
    const args = { force, ...chosen(relationship) };
    const document = await callNode(context, 'relationship.dissolve', args);
    return { document, text: 'The relationship is dissolved. Each server keeps its own licences.' };
  });
}

function describeChanged(relationship: RelationshipStatus): string {
  return `${formatRelationship(relationship)}\n\n${describeSettings(relationship)}`;
}

async function describeCheck(
  context: CommandContext,
  { missing, warnings, licenses }: RelationshipCheck,
): Promise<string> {
  const { server, servers } = await callNode(context, 'snapshot', {});
  const list = (title: string, reasons: { message: string }[]): string[] =>
    reasons.length === 0
      ? []
      : [[title, ...reasons.map(({ message }) => printable(`- ${message}`))].join('\n')];
  return [
    ...(missing.length === 0 ? ['Nothing is missing: the relationship can be created.'] : []),
    ...list('Missing:', missing),
    ...list('Good to know:', warnings),
    describeCoverage(licenses, namer([server], servers)),
  ].join('\n\n');
}
