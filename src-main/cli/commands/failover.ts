import { shortId } from '../../../src-shared/view/short-id.ts';
import type { Command } from 'commander';
import { z } from 'zod';
import type {
  DrillReport,
  Preview,
  SwitchoverResult,
} from '../../../src-shared/model/relationship.ts';
import { addCommand, collect, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { CliFailure } from '../frame/failure.ts';
import { callNode } from '../frame/open-node.ts';
import {
  addRelationshipOption,
  chosen,
  relationshipOptionsSchema,
} from '../frame/relationship-option.ts';
import { describeTook } from '../../../src-shared/view/describe-span.ts';
import { describeMoves } from '../../../src-shared/view/moves.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import { formatTable, printable } from '../text/table.ts';
import type { Terminal } from '../frame/terminal.ts';

/** Planned changes of the server that serves, and questions about unplanned ones. */
export function addFailoverCommands(program: Command, terminal: Terminal): void {
  addSwitchover(program, terminal);
  addFailback(program, terminal);
  addDrill(program, terminal);
  addPreview(program, terminal);
}

const reference = z.string().min(1).max(64);

function addSwitchover(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'switchover', {
    summary: 'let another server serve the licences until failback; nobody loses a seat',
    example: 'understudy switchover --to lic-b',
  }).option(
    '--to <id>',
    'name or id (default: the other server, or this one if it serves nothing)',
  );
  addCancel(command, 'end a switchover or failback that has not begun to move licences');
  addRelationshipOption(command, 'all of them');
  const schema = relationshipOptionsSchema.extend({
    to: reference.optional(),
    cancel: z.boolean().optional(),
  });
  perform(command, terminal, schema, async (context, { to, cancel, relationship }) => {
    if (cancel) return cancelled(await callNode(context, 'switchover.cancel', {}), 'switchover');
    const args = { ...(to === undefined ? {} : { to }), ...chosen(relationship) };
    const document = await callNode(context, 'switchover', args);
    return { document, text: printMoves(document) };
  });
}

function addFailback(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'failback', {
    summary: 'give all licences back to the servers that they belong to',
    example: 'understudy failback',
  });
  addRelationshipOption(command, 'all of them');
  perform(command, terminal, relationshipOptionsSchema, async (context, { relationship }) => {
    const document = await callNode(context, 'failback', chosen(relationship));
    return { document, text: printMoves(document) };
  });
}

function addDrill(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'drill', {
    summary: 'switch over to the standby and back while licences are served, with a report',
    example: 'understudy drill',
  });
  addCancel(command, 'end a drill that is under way; what it gave over is given back first');
  addRelationshipOption(command, 'all of them');
  const schema = relationshipOptionsSchema.extend({ cancel: z.boolean().optional() });
  perform(command, terminal, schema, async (context, { cancel, relationship }) => {
    if (cancel) return cancelled(await callNode(context, 'drill.cancel', {}), 'drill');
    const document = await callNode(context, 'drill', chosen(relationship));
    const { report } = document;
    const result = { document, text: describeDrill(report) };
    if (report.passed) return result;
    if (report.problems.length === 0) {
      return { ...result, failure: new CliFailure('CANCELLED', 'The drill was cancelled.') };
    }
    const reasons = report.problems.map(({ message }) => message).join(' ');
    return { ...result, failure: new CliFailure('DRILL_FAILED', `The drill failed. ${reasons}`) };
  });
}

function addPreview(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'preview', {
    summary: 'say what would happen if a server, or several at once, stopped now; changes nothing',
    example: 'understudy preview --stop lic-a',
  }).requiredOption(
    '--stop <id>',
    'name or id of a server; several: as often as there are',
    collect,
  );
  const schema = commonOptionsSchema.extend({ stop: z.tuple([reference], reference) });
  perform(command, terminal, schema, async (context, { stop: [stop, ...also] }) => {
    const args = { stop, ...(also.length === 0 ? {} : { also }) };
    const document = await callNode(context, 'preview', args);
    return { document, text: describePreview(document) };
  });
}

function addCancel(command: Command, summary: string): void {
  command.option('--cancel', summary);
}

function cancelled(document: { cancelled: boolean }, what: string) {
  const text = document.cancelled
    ? `The ${what} is being cancelled.`
    : `There is no ${what} to cancel.`;
  return { document, text };
}

function printMoves(result: SwitchoverResult): string {
  return describeMoves(result).map(printable).join('\n');
}

function describeDrill(report: DrillReport): string {
  const { startedAt, finishedAt, passed, problems, ledgers, file } = report;
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000;
  const lines = ledgers.map(({ ledger, out, back, leasesBefore, leasesKept }) => {
    if (out === null) return `- ${shortId(ledger)}: no other server took over.`;
    const returned = back === null ? 'NOT given back' : `back in ${describeTook(back.tookMs)}`;
    return (
      `- ${out.to.name} took over from ${out.from.name} in ${describeTook(out.tookMs)}, ${returned}; ` +
      `${leasesKept} of ${countOf(leasesBefore, 'lease')} kept.`
    );
  });
  const outcome = passed ? 'was passed' : problems.length === 0 ? 'was cancelled' : 'FAILED';
  return [
    `The drill ${outcome} in ${seconds.toFixed(1)} s.`,
    ...lines,
    ...(file === null ? [] : [`Report: ${file}`]),
  ]
    .map(printable)
    .join('\n');
}

function tableOfStopped(licenses: Preview['stops']): string {
  return formatTable(
    ['LICENCE', 'FEATURE', 'SEATS OUT', 'WHY'],
    licenses.map(({ license, feature, seats, reason }) => [
      license,
      feature,
      String(seats),
      reason,
    ]),
  );
}

function describePreview(preview: Preview): string {
  const { stop, also, serves, stops, unserved, denied, deniedCount } = preview;
  const lost = joinNames([stop, ...also].map(({ name }) => name));
  const kept = serves.map(
    ({ server, licenses, seats }) =>
      `- ${server.name} would serve ${countOf(licenses.length, 'licence')} and keep ` +
      `${countOf(seats, 'seat')}: ${licenses.join(', ')}`,
  );
  const sections = [
    [`If ${lost} stopped now${also.length > 0 ? ', all at once' : ''}:`, ...kept]
      .map(printable)
      .join('\n'),
    stops.length === 0
      ? 'No licence would stop.'
      : `These licences would stop:\n${tableOfStopped(stops)}`,
  ];
  if (unserved.length > 0) {
    sections.push(`Nobody serves these now either:\n${tableOfStopped(unserved)}`);
  }
  if (denied.length > 0) {
    const rows = denied.map(({ user, host, feature, reason }) => [user, host, feature, reason]);
    const more = deniedCount - denied.length;
    sections.push(
      `These people could not go on:\n${formatTable(['USER', 'HOST', 'FEATURE', 'WHY'], rows)}` +
        (more > 0 ? `\nand ${countOf(more, 'more lease')}` : ''),
    );
  }
  return sections.join('\n\n');
}
