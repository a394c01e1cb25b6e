import {
  mailSecuritySchema,
  type NotifyChange,
  notifyChangeSchema,
  type NotifyChannel,
  type NotifyStatus,
  type NotifyTopic,
  notifyTopicsDefault,
} from '../../../src-shared/model/notify.ts';

export const topicLabels: Record<NotifyTopic, string> = {
  failover: 'Failovers, switchovers and drills',
  protection: 'Whether a failover would work',
  server: 'Starts, stops, connections and clocks',
  licenses: 'Licences that end, begin or are damaged',
  seats: 'Seats that run out',
  data: 'Disk, backups and missing data',
  orders: 'What admins change',
};

export interface NotifyField {
  name: string;
  label: string;
  hint: string;
  kind: 'text' | 'lines' | 'secret' | 'choice';
  choices?: readonly string[];
}

/** What is typed in for each way of telling. */
export const notifyFields: Record<NotifyChannel, readonly NotifyField[]> = {
  webhook: [
    {
      name: 'url',
      label: 'Address',
      hint: 'Gets a POST with JSON; “text” in it is what Slack, Teams or Mattermost show.',
      kind: 'secret',
    },
    {
      name: 'authorization',
      label: 'Authorization',
      hint: 'The header of this name, such as Bearer and a token; empty: none.',
      kind: 'secret',
    },
  ],
  email: [
    { name: 'host', label: 'Mail server', hint: 'Name or address.', kind: 'text' },
    { name: 'port', label: 'Port', hint: '587 with starttls, 465 with tls.', kind: 'text' },
    {
      name: 'security',
      label: 'Encryption',
      hint: 'none is for a relay in the same house, without a user.',
      kind: 'choice',
      choices: mailSecuritySchema.options,
    },
    { name: 'user', label: 'User', hint: 'Empty: the server asks for none.', kind: 'text' },
    { name: 'password', label: 'Password', hint: 'Of this user.', kind: 'secret' },
    { name: 'from', label: 'From', hint: 'An e-mail address.', kind: 'text' },
    { name: 'to', label: 'To', hint: 'One e-mail address a line.', kind: 'lines' },
  ],
  program: [
    {
      name: 'path',
      label: 'Program',
      hint: 'Absolute path on the server’s host. It runs under the server’s account and gets JSON on standard input.',
      kind: 'text',
    },
    { name: 'args', label: 'Arguments', hint: 'One a line.', kind: 'lines' },
  ],
};

export interface NotifyDraft {
  texts: Record<string, string>;
  topics: readonly NotifyTopic[];
}

/** What is set up, as text to edit; secrets are not in it. */
export function draftOf(channel: NotifyChannel, status: NotifyStatus): NotifyDraft {
  const current = status[channel];
  const known: Record<string, unknown> = { port: 587, security: 'starttls', ...current };
  const texts: Record<string, string> = {};
  for (const { name } of notifyFields[channel]) texts[name] = formatValue(known[name]);
  return { texts, topics: current?.topics ?? notifyTopicsDefault };
}

function formatValue(value: unknown): string {
  if (Array.isArray(value)) return value.join('\n');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Whether something is kept that is not shown and stays when nothing is typed. */
export function isKept(name: string, channel: NotifyChannel, status: NotifyStatus): boolean {
  if (channel === 'webhook' && name === 'url') return status.webhook !== null;
  if (channel === 'webhook') return status.webhook?.hasAuthorization ?? false;
  return channel === 'email' && name === 'password' && (status.email?.hasPassword ?? false);
}

export interface ParsedDraft {
  /** Undefined: something is wrong. */
  change: NotifyChange | undefined;
  problems: Record<string, string>;
}

/** What applying the draft would change, and what is wrong with it. */
export function parseDraft(
  channel: NotifyChannel,
  { texts, topics }: NotifyDraft,
  status: NotifyStatus,
): ParsedDraft {
  const given: Record<string, unknown> = { topics };
  for (const { name, kind } of notifyFields[channel]) {
    const text = (texts[name] ?? '').trim();
    if (kind === 'secret' && text === '') continue;
    const lines = text.split('\n').map((line) => line.trim());
    if (kind === 'lines') given[name] = lines.filter((line) => line !== '');
    else given[name] = name === 'port' && /^\d+$/.test(text) ? Number(text) : text;
  }
  const problems: Record<string, string> = {};
  const isWanting = channel === 'webhook' && !('url' in given) && status.webhook === null;
  if (isWanting) problems['url'] = 'Type an address that begins with https:// or http://.';
  const parsed = notifyChangeSchema.safeParse({ [channel]: given });
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[1] ?? '');
    problems[name] ??= `It ${startsWithVerb(issue.message) ? '' : 'is wrong: '}${issue.message}.`;
  }
  const isRight = parsed.success && Object.keys(problems).length === 0;
  return { change: isRight ? parsed.data : undefined, problems };
}

function startsWithVerb(message: string): boolean {
  return /^(must|cannot) /.test(message);
}
