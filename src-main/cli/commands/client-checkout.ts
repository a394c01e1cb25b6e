import type { Command } from 'commander';
import { z } from 'zod';
import type { ServerRefusal } from '../../../src-shared/client/attempt.ts';
import type { Seat } from '../../../src-shared/client/client-state.ts';
import type { CheckoutRequest } from '../../../src-shared/contract/client-api.ts';
import { formatInstant } from '../../../src-shared/model/scalars.ts';
import {
  addSeatOptions,
  type ClientSession,
  failureOf,
  lossOf,
  openSession,
  seatOptionsSchema,
} from '../client/client-session.ts';
import { Borrowings, borrowingIdOf } from '../client/borrowings.ts';
import {
  addCommand,
  type CommandContext,
  type CommandResult,
  perform,
  printResult,
} from '../frame/command-frame.ts';
import { UsageFailure } from '../frame/failure.ts';
import { printable } from '../text/table.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatLocalTime, instantForms, parseTime } from '../text/time-text.ts';

const checkoutOptionsSchema = seatOptionsSchema.extend({
  borrowUntil: z.string().optional(),
  endWithStdin: z.boolean().default(false),
});

export function addCheckoutCommand(group: Command, terminal: Terminal): void {
  const command = addSeatOptions(
    addCommand(group, 'checkout', {
      summary: 'hold a seat until interrupted, then give it back',
      example: 'understudy client checkout --feature drafting --server lic-a:7470',
    }),
  )
    .option('--borrow-until <time>', `borrow the seat and end at once: ${instantForms}`)
    .option('--end-with-stdin', 'give the seat back also when standard input ends');
  perform(command, terminal, checkoutOptionsSchema, async (context, options) => {
    const borrowUntil =
      options.borrowUntil === undefined
        ? undefined
        : readBorrowEnd('--borrow-until', options.borrowUntil);
    const session = await openSession(context, options, {
      ...(borrowUntil === undefined ? {} : { borrowUntil }),
      app: 'understudy client',
    });
    const { client } = session;
    try {
      const ended = waitForEnd(session, terminal, options.endWithStdin);
      const outcome = await client.checkout({ waitMs: options.wait * 1000 });
      if (!outcome.ok) throw failureOf(outcome.refusal);
      printResult(context, describeSeat(outcome.seat, session.request, borrowUntil !== undefined));
      if (borrowUntil !== undefined) {
        await keepBorrowed(context, session);
        client.close();
        return null;
      }
      const refusal = await ended;
      if (refusal !== null) throw lossOf(refusal);
      await giveBack(session, terminal);
      return null;
    } finally {
      session.close();
    }
  });
}

/** @throws {UsageFailure} it is no time, or in the past */
export function readBorrowEnd(option: string, text: string): string {
  const nowMs = Date.now();
  const ms = parseTime(text, nowMs, 'ahead');
  if (ms === null) throw new UsageFailure(`${option}: ${text} is no time; write ${instantForms}`);
  if (ms <= nowMs) throw new UsageFailure(`${option}: ${text} is in the past`);
  return formatInstant(ms);
}

/** So that later runs have the seat without a server. */
async function keepBorrowed(
  context: CommandContext,
  { client: { borrowed }, request }: ClientSession,
): Promise<void> {
  if (borrowed === null) return;
  const held = { state: 'held', borrowed } as const;
  await new Borrowings(context).keep({ key: null, request, askedAtMs: Date.now(), held });
}

/** Resolves with null when the user ends it, with a reason when the seat is lost. */
function waitForEnd(
  { client }: ClientSession,
  terminal: Terminal,
  endWithStdin: boolean,
): Promise<ServerRefusal | null> {
  return new Promise((resolve) => {
    const end = (): void => {
      resolve(null);
      // A checkout that is still under way ends with this.
      if (client.state.state === 'checkingOut') void client.return();
    };
    terminal.onSignal(end);
    if (endWithStdin) terminal.stdin.once('end', end).once('close', end).resume();
    client.onState((state) => {
      if (state.state === 'lost') resolve(state.refusal);
    });
  });
}

/** Returns the seat; says so when no server has confirmed it. */
export async function giveBack({ client }: ClientSession, terminal: Terminal): Promise<void> {
  const outcome = await client.return();
  if (outcome.ok) return;
  const { ttlSeconds } = outcome.seat.lease;
  terminal.err(
    `understudy: No server confirmed the return; the seat comes free by itself within ` +
      `${ttlSeconds} s. ${outcome.refusal.message}\n`,
  );
}

function describeSeat(seat: Seat, request: CheckoutRequest, leaving: boolean): CommandResult {
  const { lease, token, term, servedBy, server } = seat;
  const seats = lease.units === 1 ? 'A seat' : `${lease.units} units`;
  const text = [
    `${seats} for ${lease.feature} of ${lease.license}, from ${servedBy.name} (${server}).`,
    `Lease ${lease.id}. ${describeEnd(lease, request, leaving)}`,
  ];
  const { instance } = request.client;
  const document = { lease, token, term, servedBy, server, instance };
  return { document, text: text.map(printable).join('\n') };
}

function describeEnd(
  { borrowUntil }: Seat['lease'],
  request: CheckoutRequest,
  leaving: boolean,
): string {
  if (borrowUntil === undefined) {
    return 'It is renewed until this command is interrupted, then given back.';
  }
  const borrowed = `It is borrowed until ${formatLocalTime(borrowUntil)}`;
  if (!leaving) return `${borrowed}; interrupting this command gives it back.`;
  return (
    `${borrowed} and needs no server until then: client run uses it. To give it back earlier: ` +
    `client borrow return ${borrowingIdOf({ request })}.`
  );
}
