import type { Command } from 'commander';
import { type HistoryUse, megabyte } from '../../../src-shared/model/history-use.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import { deriveAttention } from '../../../src-shared/view/attention.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { describeLength } from '../../../src-shared/view/describe-span.ts';
import { servingWords } from '../../../src-shared/view/serving-words.ts';
import { addCommand, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { callNode } from '../frame/open-node.ts';
import { describeLedgers, formatRelationship, namer } from '../text/relationship-text.ts';
import { formatPairs, printable } from '../text/table.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatLocalTime } from '../text/time-text.ts';

export function addStatusCommand(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'status', {
    summary: 'show what this server serves, who protects it, and what needs attention',
    example: 'understudy status',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    if (context.json) {
      return { document: await callNode(context, 'status', {}), text: '' };
    }
    return { document: {}, text: describeSnapshot(await callNode(context, 'snapshot', {})) };
  });
}

function describeSnapshot(snapshot: NodeSnapshot): string {
  const { server, relationships, ledgers, readiness } = snapshot;
  const members = relationships.map((relationship) => relationship.members);
  const nameOf = namer([server], ...members, snapshot.servers);
  const attention = deriveAttention(snapshot);
  return [
    describeServer(snapshot),
    ...relationships.map(formatRelationship),
    ...(ledgers.length === 0 ? [] : [describeLedgers(ledgers, nameOf)]),
    listOf(
      `Failover: ${readiness.ready ? 'ready' : 'NOT READY'}`,
      readiness.reasons.map(({ message }) => message),
    ),
    ...(readiness.together.length === 0
      ? []
      : [listOf('Several failures at once:', readiness.together)]),
    ...(attention.length === 0
      ? []
      : [
          listOf(
            'Needs attention:',
            attention.map(({ title, text }) => `${title}. ${text}`),
          ),
        ]),
  ].join('\n\n');
}

function describeServer(snapshot: NodeSnapshot): string {
  const { server, serving, licenses, leaseCount, history } = snapshot;
  const units = licenses.reduce((sum, license) => sum + license.units, 0);
  const inUse = licenses.reduce((sum, license) => sum + license.inUse, 0);
  return formatPairs([
    ['Server', `${server.name}, Understudy ${server.version}`],
    ['Fingerprint', server.id],
    ['Address', server.address],
    ['State', `${servingWords[serving.state]}, since ${formatLocalTime(serving.since)}`],
    ['Up for', describeLength(server.uptimeSeconds * 1_000)],
    ['Licences', `${licenses.length}, with ${inUse} of ${units} seats in use`],
    ['Leases', String(leaseCount)],
    ['Usage kept', describeUse(history.usage, 'record')],
    ['Timeline kept', describeUse(history.timeline, 'entry', 'entries')],
  ]);
}

/** Such as `3112 of at most 100000 entries, 2 of at most 200 MB`. */
function describeUse(use: HistoryUse['usage'], one: string, many = `${one}s`): string {
  const megabytes = Math.ceil(use.bytes / megabyte);
  return (
    `${use.count} of at most ${countOf(use.countMax, one, many)}, ` +
    `${megabytes} of at most ${use.bytesMax / megabyte} MB`
  );
}

function listOf(title: string, items: string[]): string {
  return [title, ...items.map((item) => printable(`- ${item}`))].join('\n');
}
