import type { Command } from 'commander';
import { deriveAttention } from '../../../src-shared/model/attention.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { addCommand, commonOptionsSchema, perform } from '../command-frame.ts';
import { callNode } from '../open-node.ts';
import { formatPairs, printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { formatLocalTime, formatSpan } from '../time-text.ts';

export function addStatusCommand(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'status', {
    summary: 'show this server: what it serves and what needs attention',
    example: 'understudy status',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    if (context.json) {
      return { document: await callNode(context, 'status', {}), text: '' };
    }
    return { document: null, text: describeSnapshot(await callNode(context, 'snapshot', {})) };
  });
}

const servingText = {
  serving: 'serving licences',
  standby: 'ready to take over; another server serves',
  degraded: 'serving, but no new seats are granted',
  stopped: 'not serving',
};

function describeSnapshot(snapshot: NodeSnapshot): string {
  const { server, serving, readiness, licenses, leaseCount } = snapshot;
  const units = licenses.reduce((sum, license) => sum + license.units, 0);
  const inUse = licenses.reduce((sum, license) => sum + license.inUse, 0);
  const sections = [
    formatPairs([
      ['Server', `${server.name}, Understudy ${server.version}`],
      ['Fingerprint', server.id],
      ['Address', server.address],
      ['State', `${servingText[serving.state]} since ${formatLocalTime(serving.since)}`],
      ['Up for', formatSpan(server.uptimeSeconds)],
      ['Licences', `${licenses.length}, with ${inUse} of ${units} seats in use`],
      ['Leases', String(leaseCount)],
      ...snapshot.ledgers.map(({ here, term }): [string, string] => [
        'Ledger',
        `${here}, term ${term}`,
      ]),
      ['Failover', readiness.ready ? 'ready' : 'not ready'],
    ]),
    ...readiness.reasons.map((reason) => printable(reason.message)),
  ];
  const attention = deriveAttention(snapshot);
  if (attention.length > 0) {
    sections.push('', 'Needs attention:');
    for (const { title, text } of attention) sections.push(printable(`- ${title}. ${text}`));
  }
  return sections.join('\n');
}
