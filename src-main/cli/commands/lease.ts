import type { Command } from 'commander';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { AdminParams } from '../../../src-shared/contract/admin.ts';
import { borrowFileBytesMax } from '../../../src-shared/contract/remote-borrow.ts';
import { pageRowsMax } from '../../../src-shared/contract/records.ts';
import type { ListedLease } from '../../../src-shared/model/lease.ts';
import { licenseIdSchema } from '../../../src-shared/model/scalars.ts';
import {
  addCommand,
  addGroup,
  type CommandContext,
  commonOptionsSchema,
  perform,
} from '../frame/command-frame.ts';
import { readInputFile } from '../frame/input-file.ts';
import { fillNewFile } from '../frame/new-file.ts';
import { callNode } from '../frame/open-node.ts';
import { formatTable, printable } from '../text/table.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatLocalTime } from '../text/time-text.ts';

export function addLeaseCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(program, 'lease', 'who holds which seats');
  addList(group, terminal);
  addRelease(group, terminal);
  addBorrow(group, terminal);
  addTakeBack(group, terminal);
}

const listOptionsSchema = commonOptionsSchema.extend({
  license: licenseIdSchema.optional(),
  search: z.string().max(128).default(''),
  borrowed: z.boolean().default(false),
});

function addList(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'list', {
    summary: 'show the leases that are out, the oldest first',
    example: 'understudy lease list --license acme-cad.drafting',
  })
    .option('--license <id>', 'only leases of one licence')
    .option('--search <text>', 'only leases with this in user, host, application, feature or id')
    .option('--borrowed', 'only borrowed leases');
  perform(command, terminal, listOptionsSchema, async (context, options) => {
    const { license, search, borrowed: borrowedOnly } = options;
    const filter = { search, borrowedOnly, ...(license === undefined ? {} : { license }) };
    const leases = await listLeases(context, filter);
    return { document: { leases }, text: describeLeases(leases) };
  });
}

/** Page by page; a lease that moved between two pages is listed once. */
async function listLeases(
  context: CommandContext,
  filter: AdminParams<'lease.list'>,
): Promise<ListedLease[]> {
  const byId = new Map<string, ListedLease>();
  for (let offset = 0; ; offset += pageRowsMax) {
    const page = { ...filter, offset, limit: pageRowsMax };
    const { leases, total } = await callNode(context, 'lease.list', page);
    for (const lease of leases) byId.set(lease.id, lease);
    if (leases.length === 0 || offset + pageRowsMax >= total) return [...byId.values()];
  }
}

function addRelease(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'release <id>', {
    summary: 'take a lease away from its holder',
    example: 'understudy lease release 0b0e7a4e-2f7c-4f57-a7b5-0d2f7d1f8f42',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [id = '']) => {
    const document = await callNode(context, 'lease.release', { id });
    return { document, text: printable(`Lease ${id} was released; its seats are free.`) };
  });
}

function addBorrow(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'borrow <request-file> <token-file>', {
    summary: 'borrow what the request file of a machine asks for, and write the token file for it',
    example: 'understudy lease borrow laptop.request laptop.token',
  });
  perform(
    command,
    terminal,
    commonOptionsSchema,
    async (context, _options, [from = '', to = '']) => {
      const { text } = await readInputFile(terminal, from, 'a request file', borrowFileBytesMax);
      const file = resolve(terminal.workingDirectory, to);
      const { lease, created } = await fillNewFile(file, 0o600, async () => {
        const granted = await callNode(context, 'borrow.grant', { content: text });
        return { ...granted, text: granted.tokenFile };
      });
      const { borrowUntil = '' } = lease;
      const said =
        `${lease.feature} is borrowed until ${formatLocalTime(borrowUntil)}` +
        `${created ? '' : '; the machine had it already'}. Take ${file} to the machine.`;
      return { document: { file, lease, created }, text: printable(said) };
    },
  );
}

function addTakeBack(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'take-back <return-file>', {
    summary: 'take a borrowed seat back by the return file of its machine',
    example: 'understudy lease take-back laptop.return',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [path = '']) => {
    const { text } = await readInputFile(terminal, path, 'a return file', borrowFileBytesMax);
    const document = await callNode(context, 'borrow.takeBack', { content: text });
    const { lease, hadEnded } = document;
    const said = hadEnded
      ? `Lease ${lease} had ended before. Nothing was changed.`
      : `Lease ${lease} has come back; its seats are free.`;
    return { document, text: printable(said) };
  });
}

function describeLeases(leases: ListedLease[]): string {
  if (leases.length === 0) return 'No lease is out.';
  return formatTable(
    ['LEASE', 'LICENCE', 'FEATURE', 'UNITS', 'USER', 'HOST', 'APPLICATION', 'SINCE', 'ENDS'],
    leases.map(({ id, license, feature, units, holder, grantedAt, expiresAt, borrowUntil }) => [
      id,
      license,
      feature,
      String(units),
      holder.user,
      holder.host,
      holder.app ?? '',
      formatLocalTime(grantedAt),
      borrowUntil === undefined
        ? `${formatLocalTime(expiresAt)} unless renewed`
        : `${formatLocalTime(borrowUntil)} borrowed`,
    ]),
  );
}
