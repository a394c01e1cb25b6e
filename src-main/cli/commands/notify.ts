import type { Command } from 'commander';
import type { z } from 'zod';
import { parseJson } from '../../../src-shared/model/json.ts';
import {
  type DeliveryStatus,
  notifyChangeSchema,
  notifyChannelSchema,
  type NotifyStatus,
} from '../../../src-shared/model/notify.ts';
import { describeIssues } from '../../node/licensing/describe-issues.ts';
import { addCommand, addGroup, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { CliFailure, UsageFailure } from '../frame/failure.ts';
import { readInputFile } from '../frame/input-file.ts';
import { callNode } from '../frame/open-node.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatPairs } from '../text/table.ts';
import { formatLocalTime } from '../text/time-text.ts';

const fileBytesMax = 64 * 1024;

export function addNotifyCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(program, 'notify', 'who is told of events by webhook, e-mail or program');
  addShow(group, terminal);
  addSet(group, terminal);
  addTest(group, terminal);
}

function addShow(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'show', {
    summary: 'show who is told of what, and whether it gets through; secrets are never shown',
    example: 'understudy notify show',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    const { notify } = await callNode(context, 'notify.show', {});
    return { document: notify, text: describeNotify(notify) };
  });
}

function addSet(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'set <file>', {
    summary: 'take who is told from a JSON file; - reads standard input',
    example: 'understudy notify set notify.json',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [path = '']) => {
    const what = 'a file that says who is told';
    const { text } = await readInputFile(terminal, path, what, fileBytesMax);
    const change = readChange(path, text);
    const { notify } = await callNode(context, 'notify.set', change);
    return { document: notify, text: describeNotify(notify) };
  });
}

function readChange(path: string, text: string): z.input<typeof notifyChangeSchema> {
  const value = parseJson(text);
  const parsed = notifyChangeSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = value === undefined ? 'it is not JSON' : describeSafely(parsed.error);
  throw new CliFailure('CONFIG_WRONG', `${path} is wrong: ${issues}. Nothing was changed.`);
}

/** Without what was given, which may be a secret. */
function describeSafely(error: z.ZodError): string {
  return describeIssues(error, undefined).replaceAll(/ \(is [^)]*\)/g, '');
}

function addTest(group: Command, terminal: Terminal): void {
  const channels = notifyChannelSchema.options;
  const command = addCommand(group, 'test <channel>', {
    summary: `send a test by ${channels.join(', ')}, and say whether it was taken`,
    example: 'understudy notify test email',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [given = '']) => {
    const channel = notifyChannelSchema.safeParse(given);
    if (!channel.success) throw new UsageFailure(`${given} is none of ${channels.join(', ')}.`);
    const { notify } = await callNode(context, 'notify.test', { channel: channel.data });
    return { document: notify, text: 'The test was taken.' };
  });
}

function describeNotify({ webhook, email, program }: NotifyStatus): string {
  const parts: string[] = [];
  if (webhook) {
    const secret = webhook.hasAuthorization ? ', with authorization' : '';
    parts.push(describeWay('Webhook', `${webhook.host}${secret}`, webhook));
  }
  if (email) {
    const { host, port, security, to } = email;
    parts.push(describeWay('E-mail', `${to.join(', ')} by ${host}:${port} (${security})`, email));
  }
  if (program) {
    parts.push(describeWay('Program', [program.path, ...program.args].join(' '), program));
  }
  if (parts.length > 0) return parts.join('\n\n');
  return 'Nobody is told by webhook, e-mail or program. Set it up by: understudy notify set FILE';
}

function describeWay(
  name: string,
  to: string,
  { topics, delivery }: { topics: string[]; delivery: DeliveryStatus },
): string {
  const { waiting, lost, lastAt, problem } = delivery;
  return formatPairs([
    [name, to],
    ['Told of', topics.length === 0 ? 'nothing' : topics.join(', ')],
    ['Last told', lastAt === null ? 'not since the start' : formatLocalTime(lastAt)],
    ...(waiting > 0 ? ([['Waiting', String(waiting)]] as [string, string][]) : []),
    ...(lost > 0 ? ([['Given up', String(lost)]] as [string, string][]) : []),
    ...(problem ? ([['Problem', problem.message]] as [string, string][]) : []),
  ]);
}
