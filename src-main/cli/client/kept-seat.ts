import type { CheckoutRequest } from '../../../src-shared/contract/client-api.ts';
import type { CommandContext } from '../frame/command-frame.ts';
import { formatLocalTime } from '../text/time-text.ts';
import { type Borrowing, borrowedUntilMs, Borrowings } from './borrowings.ts';
import {
  type ClientSession,
  holderOf,
  openSessionFor,
  sayTo,
  seatOf,
  type SeatOptions,
} from './client-session.ts';

/**
 * A seat that this user has borrowed, that is what the options ask for, and that nothing else uses now;
 * null: there is none. No server is asked. `close` keeps it until its end.
 */
export async function takeKeptSeat(
  context: CommandContext,
  options: SeatOptions,
): Promise<ClientSession | null> {
  if (options.instance !== undefined) return null;
  const say = sayTo(context.terminal);
  const borrowings = new Borrowings(context);
  for (const kept of await borrowings.all()) {
    if (kept.held.state !== 'held' || !isWanted(kept, options)) continue;
    const until = formatLocalTime(borrowedUntilMs(kept));
    const hasEnded = borrowedUntilMs(kept) <= Date.now();
    if (!isHolder(kept, options)) {
      if (!hasEnded) say(describeOtherHolder(kept, until));
      continue;
    }
    if (hasEnded) {
      say(`The seat that was borrowed for ${options.feature} ended at ${until}.`);
      continue;
    }
    const taken = borrowings.take(kept);
    if (taken === null) continue;
    const session = await openSessionFor(context, options, kept.request).catch((error: unknown) => {
      taken.release();
      throw error;
    });
    const outcome = session.client.resume(kept.held.borrowed);
    if (outcome.ok) {
      say(`The seat for ${options.feature} is borrowed until ${until}; no server is asked.`);
      return { ...session, close: () => closeKept(session, taken) };
    }
    closeKept(session, taken);
    say(`The borrowed seat cannot be used. ${outcome.refusal.message}`);
  }
  return null;
}

function closeKept(session: ClientSession, taken: { release: () => void }): void {
  session.client.close();
  session.close();
  taken.release();
}

/** Of what was not said, whatever was borrowed will do. */
function isWanted({ request }: Borrowing, options: SeatOptions): boolean {
  const { feature, units, ...rest } = seatOf(options);
  const isSame = (name: keyof typeof rest): boolean =>
    rest[name] === undefined || rest[name] === (request as Partial<CheckoutRequest>)[name];
  return (
    request.feature === feature &&
    request.units === units &&
    (['product', 'version', 'released'] as const).every(isSame)
  );
}

function isHolder({ request: { client } }: Borrowing, options: SeatOptions): boolean {
  const { user, host } = holderOf(options);
  return client.user === user && client.host === host;
}

/** The machine may be called otherwise since it borrowed, in another network for instance. */
function describeOtherHolder({ request }: Borrowing, until: string): string {
  const { user, host } = request.client;
  return (
    `A seat for ${request.feature} is borrowed until ${until}, by ${user} on ${host}: it is used by that user on ` +
    'that host only. If this is the same one under another name, say so: ' +
    `--user ${JSON.stringify(user)} --host ${JSON.stringify(host)}`
  );
}
