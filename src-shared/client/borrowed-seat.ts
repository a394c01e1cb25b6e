import { z } from 'zod';
import {
  type CheckoutRequest,
  checkoutRequestSchema,
  type LeaseAnswer,
  leaseAnswerSchema,
  nonceSchema,
} from '../contract/client-api.ts';
import { parseJson } from '../model/json.ts';
import { epochMsSchema, hostPortSchema } from '../model/scalars.ts';
import type { ServerRefusal } from './attempt.ts';
import type { Grant } from './round.ts';
import type { Route } from './server-directory.ts';

const borrowedFormat = 'understudy-borrowed/1';

/** How far a clock may go back without a doubt, in milliseconds. */
const clockBackMsMax = 60_000;

const borrowedSchema = z.object({
  format: z.literal(borrowedFormat),
  request: checkoutRequestSchema,
  /** The nonce of the request, which the answer repeats. */
  nonce: nonceSchema,
  answer: leaseAnswerSchema,
  server: hostPortSchema,
  tier: z.enum(['primary', 'secondary']),
  /** By the clock of this computer. */
  keptAtMs: epochMsSchema,
});

/** What an application keeps of a borrowed seat, to go on with it in a later run. */
export function formatBorrowed(
  { answer, route, nonce }: Grant,
  request: CheckoutRequest,
  wallMs: number,
): string {
  const { target: server, tier } = route;
  const kept = { request, nonce, answer, server, tier, keptAtMs: wallMs };
  return `${JSON.stringify({ format: borrowedFormat, ...kept })}\n`;
}

/** The answer of the server in such a text; undefined: it is none. */
export function answerOfBorrowed(text: string): LeaseAnswer | undefined {
  return borrowedSchema.safeParse(parseJson(text)).data?.answer;
}

export interface BorrowedClocks {
  wallMs: number;
  monotonicMs: number;
}

/**
 * The seat in a text that `formatBorrowed` made; a refusal when it is for another request, has ended, or
 * the clock was set back to before it was kept.
 */
export function readBorrowed(
  text: string,
  request: CheckoutRequest,
  { wallMs, monotonicMs }: BorrowedClocks,
): { ok: true; grant: Grant } | { ok: false; refusal: ServerRefusal } {
  const kept = borrowedSchema.safeParse(parseJson(text));
  if (!kept.success)
    return refuse('BORROW_UNUSABLE', 'What was kept of a borrowed seat is damaged.');
  const { answer, nonce, server: target, tier, keptAtMs } = kept.data;
  if (!isSameSeat(kept.data.request, request)) {
    return refuse('BORROW_UNUSABLE', 'The seat that was kept was borrowed for something else.');
  }
  const { borrowUntil, feature } = answer.lease;
  if (borrowUntil === undefined || Date.parse(borrowUntil) <= wallMs) {
    const message = `The licence for ${feature} was borrowed until ${borrowUntil ?? 'no instant'}.`;
    return refuse('BORROW_ENDED', message);
  }
  if (wallMs < keptAtMs - clockBackMsMax) {
    return refuse(
      'BORROW_UNUSABLE',
      'The clock of this computer is behind the time at which the seat was borrowed. Set it right.',
    );
  }
  const route: Route = { target, tier, id: answer.servedBy.id };
  return { ok: true, grant: { answer, route, nonce, sentAtMs: monotonicMs } };
}

/** Whether both ask for the same seat, however long and under whatever number. */
function isSameSeat(kept: CheckoutRequest, asked: CheckoutRequest): boolean {
  const seatOf = ({ feature, product, version, released, units, client }: CheckoutRequest) =>
    JSON.stringify([
      feature,
      product,
      version,
      released,
      units,
      client.instance,
      client.user,
      client.host,
    ]);
  return seatOf(kept) === seatOf(asked);
}

function refuse(
  code: 'BORROW_UNUSABLE' | 'BORROW_ENDED',
  message: string,
): { ok: false; refusal: ServerRefusal } {
  return { ok: false, refusal: { code, message, attempts: [] } };
}
