import type { Command } from 'commander';
import type { AdminResult } from '../../../src-shared/contract/admin.ts';
import type { ConsentRequest } from '../../../src-shared/model/consent.ts';
import {
  describeAsked,
  describeParts,
  memberMayOrder,
} from '../../../src-shared/view/describe-consent.ts';
import { addCommand, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { callNode } from '../frame/open-node.ts';
import type { Terminal } from '../frame/terminal.ts';
import { printable } from '../text/table.ts';
import { formatLocalTime } from '../text/time-text.ts';

/** What other servers ask for, and an admin's answer (docs/pairing.md, "Consent"). */
export function addConsentCommands(group: Command, terminal: Terminal): void {
  addRequests(group, terminal);
  addAccept(group, terminal);
  addRefuse(group, terminal);
}

function addRequests(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'requests', {
    summary: 'show the relationships that other servers ask for, until they are answered',
    example: 'understudy relationship requests',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    const document = await callNode(context, 'relationship.requests', {});
    const texts = document.requests.map(describeRequest);
    const text = texts.length === 0 ? nothingAsked : [...texts, memberMayOrder].join('\n\n');
    return { document, text };
  });
}

const nothingAsked = 'No other server asks for a relationship with this one.';

function describeRequest(request: ConsentRequest): string {
  const { id, from, kind, mutual, at } = request;
  return [
    `${id}  ${from.name} asks for a ${mutual ? 'mutual ' : ''}${kind} since ${formatLocalTime(at)}:`,
    ...describeAsked(request, 'this server').map((sentence) => `- ${sentence}`),
    `To answer: understudy relationship accept ${id}, or: understudy relationship refuse ${id}`,
  ]
    .map(printable)
    .join('\n');
}

function addAccept(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'accept <id>', {
    summary: 'agree to a request, by its id; or to a relationship with a server, before it asks',
    example: 'understudy relationship accept licences-1',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [id = '']) => {
    const document = await callNode(context, 'relationship.accept', { id });
    return { document, text: describeAnswer(document) };
  });
}

function addRefuse(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'refuse <id>', {
    summary: 'refuse a request, by its id; or take back what a server was let have',
    example: 'understudy relationship refuse licences-1',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [id = '']) => {
    const document = await callNode(context, 'relationship.refuse', { id });
    return { document, text: describeAnswer(document) };
  });
}

function describeAnswer({ server, consent, related }: AdminResult<'relationship.accept'>): string {
  if (consent.length > 0) {
    const parts = describeParts(consent, 'This server', server.name);
    return ['Agreed to:', ...parts.map((sentence) => `- ${sentence}`), '', memberMayOrder]
      .map(printable)
      .join('\n');
  }
  const goesOn = related
    ? ' The relationship that stands goes on until it is dissolved: understudy relationship dissolve'
    : '';
  return printable(`${server.name} may not set up a relationship with this server.${goesOn}`);
}
