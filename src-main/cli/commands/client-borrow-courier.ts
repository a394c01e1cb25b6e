import type { Command } from 'commander';
import { resolve } from 'node:path';
import {
  borrowFileBytesMax,
  formatBorrowToken,
} from '../../../src-shared/contract/remote-borrow.ts';
import { openBorrowCourier } from '../../client-transport/open-borrow-courier.ts';
import type { BorrowCourier } from '../../../src-shared/client/borrow-courier.ts';
import {
  addReachOptions,
  configFor,
  failureOf,
  knownServersFileOf,
  sayTo,
  serverOptionsSchema,
} from '../client/client-session.ts';
import { addCommand, type CommandContext, perform } from '../frame/command-frame.ts';
import { readInputFile } from '../frame/input-file.ts';
import { fillNewFile } from '../frame/new-file.ts';
import type { Terminal } from '../frame/terminal.ts';
import { printable } from '../text/table.ts';
import { formatLocalTime } from '../text/time-text.ts';
import type { z } from 'zod';

const tokenFileMode = 0o600;

/** For whoever reaches the servers, in the place of a machine that does not. */
export function addCourierCommands(group: Command, terminal: Terminal): void {
  addFetch(group, terminal);
  addHandIn(group, terminal);
}

function addFetch(group: Command, terminal: Terminal): void {
  const command = addReachOptions(
    addCommand(group, 'fetch <request-file> <token-file>', {
      summary: 'borrow what a request file asks for, and write the token file for its machine',
      example: 'understudy client borrow fetch laptop.request laptop.token --server lic-a:7470',
    }),
  );
  perform(
    command,
    terminal,
    serverOptionsSchema,
    async (context, options, [from = '', to = '']) => {
      const { text } = await readInputFile(terminal, from, 'a request file', borrowFileBytesMax);
      const target = resolve(terminal.workingDirectory, to);
      const { answer, server } = await fillNewFile(target, tokenFileMode, async () => {
        const carried = await carry(context, options, (courier) => courier.carryRequest(text));
        if (!carried.ok) throw failureOf(carried.refusal);
        return { ...carried, text: formatBorrowToken(carried.answer) };
      });
      const { lease, servedBy } = answer;
      const said =
        `${lease.feature} is borrowed from ${servedBy.name} (${server}) until ` +
        `${formatLocalTime(lease.borrowUntil ?? '')}. Take ${target} to the machine.`;
      return { document: { file: target, lease, servedBy, server }, text: printable(said) };
    },
  );
}

function addHandIn(group: Command, terminal: Terminal): void {
  const command = addReachOptions(
    addCommand(group, 'hand-in <return-file>', {
      summary: 'give the seat of a machine back, by its return file',
      example: 'understudy client borrow hand-in laptop.return --server lic-a:7470',
    }),
  );
  perform(command, terminal, serverOptionsSchema, async (context, options, [from = '']) => {
    const { text } = await readInputFile(terminal, from, 'a return file', borrowFileBytesMax);
    const carried = await carry(context, options, (courier) => courier.carryReturn(text));
    if (!carried.ok) throw failureOf(carried.refusal);
    const { server } = carried;
    return { document: { server }, text: printable(`The seat has come back at ${server}.`) };
  });
}

async function carry<T>(
  context: CommandContext,
  options: z.output<typeof serverOptionsSchema>,
  work: (courier: BorrowCourier) => Promise<T>,
): Promise<T> {
  const { courier, close } = openBorrowCourier({
    config: await configFor(context, options),
    knownServersFile: knownServersFileOf(context),
    notify: sayTo(context.terminal),
  });
  try {
    return await work(courier);
  } finally {
    close();
  }
}
