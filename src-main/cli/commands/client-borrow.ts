import type { Command } from 'commander';
import { z } from 'zod';
import { answerOfBorrowed } from '../../../src-shared/client/borrowed-seat.ts';
import {
  type AskedBorrow,
  makeBorrowRequest,
  makeBorrowReturn,
  readTokenFile,
  takeTokenFile,
} from '../../../src-shared/client/remote-borrow.ts';
import type { LeaseAnswer } from '../../../src-shared/contract/client-api.ts';
import { borrowTokenBytesMax } from '../../../src-shared/contract/remote-borrow.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import { makeMachineKey, openMachineKey } from '../../client-transport/machine-key.ts';
import { nodeSignatures } from '../../client-transport/node-signatures.ts';
import {
  type Borrowing,
  borrowedUntilMs,
  borrowingIdOf,
  Borrowings,
} from '../client/borrowings.ts';
import { loadClientConfig } from '../client/client-config-file.ts';
import {
  addReachOptions,
  addVendorOptions,
  addWishOptions,
  failureOf,
  holderOf,
  openSessionFor,
  readVendor,
  seatOf,
  seatOptionsSchema,
  serverOptionsSchema,
} from '../client/client-session.ts';
import {
  addCommand,
  addGroup,
  collect,
  type CommandContext,
  commonOptionsSchema,
  perform,
} from '../frame/command-frame.ts';
import { CliFailure, UsageFailure } from '../frame/failure.ts';
import { readInputFile } from '../frame/input-file.ts';
import { writeNewFile } from '../frame/new-file.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatTable, printable } from '../text/table.ts';
import { formatLocalTime, instantForms } from '../text/time-text.ts';
import { readBorrowEnd } from './client-checkout.ts';
import { addCourierCommands } from './client-borrow-courier.ts';
import { resolve } from 'node:path';

/** For this user alone: what is in it is as good as the seat. */
const fileMode = 0o600;

export function addBorrowCommands(client: Command, terminal: Terminal): void {
  const group = addGroup(client, 'borrow', 'borrowed seats, also for machines without a network');
  addRequest(group, terminal);
  addCourierCommands(group, terminal);
  addAccept(group, terminal);
  addList(group, terminal);
  addReturn(group, terminal);
}

const { feature, product, featureVersion, released, units, user, host, app } =
  seatOptionsSchema.shape;
const requestOptionsSchema = commonOptionsSchema.extend({
  ...{ feature, product, featureVersion, released, units, user, host, app },
  until: z.string(),
});

function addRequest(group: Command, terminal: Terminal): void {
  const command = addWishOptions(
    addCommand(group, 'request <file>', {
      summary: 'on a machine that reaches no server: write what it wants to borrow to a new file',
      example: 'understudy client borrow request laptop.request --feature drafting --until 14d',
    }),
  ).requiredOption('--until <time>', `borrow until then: ${instantForms}`);
  perform(command, terminal, requestOptionsSchema, async (context, options, [path = '']) => {
    const borrowUntil = readBorrowEnd('--until', options.until);
    const nowMs = Date.now();
    const borrowings = new Borrowings(context);
    for (const old of await borrowings.all()) {
      if (borrowedUntilMs(old) <= nowMs) await borrowings.forget(old);
    }
    const key = makeMachineKey();
    const client = {
      ...holderOf(options),
      ...(options.app === undefined ? {} : { app: options.app }),
    };
    const { file, request, nonce } = makeBorrowRequest(
      { ...seatOf(options), client, borrowUntil },
      { signer: openMachineKey(key), signatures: nodeSignatures, wallMs: nowMs },
    );
    const held = { state: 'asked', nonce } as const;
    const asked: Borrowing = { key, request, askedAtMs: nowMs, held };
    await borrowings.keep(asked);
    const id = borrowingIdOf(asked);
    const target = resolve(terminal.workingDirectory, path);
    await writeNewFile(target, file, fileMode).catch(async (error: unknown) => {
      await borrowings.forget(asked);
      throw error;
    });
    const text =
      `${target} asks for ${options.feature} until ${formatLocalTime(borrowUntil)} (${id}). Take it to ` +
      'an admin (lease borrow), or to a machine that reaches the servers (client borrow fetch), ' +
      'and bring the token file back: client borrow accept.';
    return { document: { id, file: target, borrowUntil }, text: printable(text) };
  });
}

const acceptOptionsSchema = commonOptionsSchema.extend({
  fingerprint: serverOptionsSchema.shape.fingerprint,
  vendor: seatOptionsSchema.shape.vendor,
  revoked: seatOptionsSchema.shape.revoked,
});

function addAccept(group: Command, terminal: Terminal): void {
  const command = addVendorOptions(
    addCommand(group, 'accept <file>', {
      summary: 'on a machine that reaches no server: take the token file for what it asked for',
      example: 'understudy client borrow accept laptop.token',
    }),
  ).option('--fingerprint <id>', 'accept only servers with this key; repeat it for more', collect);
  perform(command, terminal, acceptOptionsSchema, async (context, options, [path = '']) => {
    const file = await readInputFile(terminal, path, 'a token file', borrowTokenBytesMax);
    const answer = readTokenFile(file.text);
    if (!answer) {
      throw new CliFailure('BORROW_FILE_WRONG', `${path} is no token file. Nothing was changed.`);
    }
    const borrowings = new Borrowings(context);
    const asked = findAsked(await borrowings.all(), answer);
    const { fingerprints } = await loadClientConfig(context);
    const taken = takeTokenFile(answer, asked, {
      signatures: nodeSignatures,
      wallMs: Date.now(),
      fingerprints: options.fingerprint.length > 0 ? options.fingerprint : fingerprints,
      vendor: await readVendor(terminal, options),
    });
    if (!taken.ok) throw new CliFailure(taken.code, taken.message);
    const held = { state: 'held', borrowed: taken.borrowed } as const;
    const { key, request, askedAtMs } = asked;
    const borrowing = { key, request, askedAtMs, held };
    await borrowings.keep(borrowing);
    return describeAccepted(borrowing, answer);
  });
}

/** What this machine asked for with the key that a token is for. */
function findAsked(all: readonly Borrowing[], answer: LeaseAnswer): Borrowing & AskedBorrow {
  const claimed = z
    .looseObject({ holder: z.string() })
    .safeParse(nodeSignatures.decode(answer.token.split('.')[1] ?? ''));
  const found = all.find(({ request }) => request.client.instance === claimed.data?.holder);
  if (!found) {
    throw new CliFailure(
      'BORROW_FILE_WRONG',
      'This token file is not for anything that this user has asked for on this machine. Take it to the ' +
        'machine that made the request file. Nothing was changed.',
    );
  }
  const { held } = found;
  if (held.state === 'asked') return { ...found, nonce: held.nonce };
  const was = held.state === 'held' ? 'was taken before' : 'was given back already';
  throw new CliFailure(
    'BORROW_FILE_USED',
    `The seat of this token file ${was} (${borrowingIdOf(found)}). Nothing was changed.`,
  );
}

function describeAccepted(borrowing: Borrowing, { servedBy, lease }: LeaseAnswer) {
  const id = borrowingIdOf(borrowing);
  const borrowUntil = formatInstant(borrowedUntilMs(borrowing));
  const text =
    `The seat for ${lease.feature} is borrowed from ${servedBy.name} until ` +
    `${formatLocalTime(borrowUntil)} (${id}). client run uses it without a server. The server's ` +
    `fingerprint is ${servedBy.id}.`;
  return { document: { id, borrowUntil, lease, servedBy }, text: printable(text) };
}

function addList(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'list', {
    summary: 'show what this user has borrowed on this machine, and until when',
    example: 'understudy client borrow list',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    const rows = (await new Borrowings(context).all()).map(describeBorrowing);
    if (rows.length === 0) return { document: { borrowings: rows }, text: 'Nothing is borrowed.' };
    const text = formatTable(
      ['ID', 'FEATURE', 'UNITS', 'STATE', 'UNTIL'],
      rows.map((row) => [
        row.id,
        row.feature,
        String(row.units),
        row.state,
        formatLocalTime(row.borrowUntil),
      ]),
    );
    return { document: { borrowings: rows }, text };
  });
}

function describeBorrowing(borrowing: Borrowing) {
  const { request, held, key } = borrowing;
  const untilMs = borrowedUntilMs(borrowing);
  const answer = held.state === 'held' ? answerOfBorrowed(held.borrowed) : undefined;
  return {
    id: borrowingIdOf(borrowing),
    feature: request.feature,
    units: request.units,
    state: untilMs <= Date.now() ? ('ended' as const) : held.state,
    borrowUntil: formatInstant(untilMs),
    /** By files, or over the network. */
    byFile: key !== null,
    ...(answer && { lease: answer.lease.id, servedBy: answer.servedBy.name }),
  };
}

const returnOptionsSchema = serverOptionsSchema.extend({
  out: z.string().min(1).optional(),
  vendor: seatOptionsSchema.shape.vendor,
  revoked: seatOptionsSchema.shape.revoked,
});

function addReturn(group: Command, terminal: Terminal): void {
  const command = addVendorOptions(
    addReachOptions(
      addCommand(group, 'return <id>', {
        summary: 'give a borrowed seat back; one that came by file into a new return file',
        example: 'understudy client borrow return 1f0c9a3e --out laptop.return',
      }),
    ),
  ).option('--out <file>', 'the return file that is to be written, for one that came by file');
  perform(command, terminal, returnOptionsSchema, async (context, options, [id = '']) => {
    const borrowings = new Borrowings(context);
    const borrowing = await borrowings.get(id);
    const { key, request, held } = borrowing;
    if (held.state === 'asked') {
      const message = `No token file was taken for ${id}. There is nothing to give back.`;
      throw new CliFailure('NO_SUCH_BORROWING', message);
    }
    const taken = borrowings.take(borrowing);
    if (taken === null) {
      const message = `The seat ${id} is in use. End what uses it, and give it back then.`;
      throw new CliFailure('BORROW_IN_USE', message);
    }
    try {
      if (key !== null) return await returnByFile(context, borrowing, key, options.out);
      if (held.state === 'returned') {
        throw new CliFailure('NO_SUCH_BORROWING', `The seat ${id} was given back already.`);
      }
      const session = await openSessionFor(context, options, request);
      try {
        const resumed = session.client.resume(held.borrowed);
        if (!resumed.ok) throw failureOf(resumed.refusal);
        const outcome = await session.client.return();
        if (!outcome.ok) throw failureOf(outcome.refusal);
      } finally {
        session.close();
      }
    } finally {
      taken.release();
    }
    await borrowings.forget(borrowing);
    return { document: { id, file: null }, text: printable(`The seat ${id} was given back.`) };
  });
}

/** The machine uses the seat no longer, whatever becomes of the file. */
async function returnByFile(
  context: CommandContext,
  borrowing: Borrowing,
  key: string,
  path: string | undefined,
) {
  const { terminal } = context;
  const id = borrowingIdOf(borrowing);
  if (path === undefined) {
    throw new UsageFailure(`--out is needed: the return file, such as ${id}.return`);
  }
  const { held } = borrowing;
  const answer = held.state === 'held' ? answerOfBorrowed(held.borrowed) : undefined;
  const file =
    held.state === 'returned'
      ? held.file
      : answer && makeBorrowReturn(answer, { signer: openMachineKey(key), wallMs: Date.now() });
  if (file === undefined) {
    throw new CliFailure('BORROW_UNUSABLE', `What was kept of the borrowed seat ${id} is damaged.`);
  }
  const returned = { state: 'returned', file } as const;
  await new Borrowings(context).keep({ ...borrowing, held: returned });
  const target = resolve(terminal.workingDirectory, path);
  await writeNewFile(target, file, fileMode);
  const text =
    `${target} gives the seat ${id} back; this machine uses it no longer. Take it to an admin ` +
    '(lease take-back), or to a machine that reaches the servers (client borrow hand-in).';
  return { document: { id, file: target }, text: printable(text) };
}
