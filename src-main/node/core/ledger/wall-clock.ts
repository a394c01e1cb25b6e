import { describeSpan } from '../../../../src-shared/view/describe-span.ts';
import { formatInstant } from '../../../../src-shared/model/scalars.ts';
import { type AdminHandlers, type Draft, recordEvent, reply, retime } from './draft.ts';
import {
  acceptClock,
  clockAheadMs,
  clockBehindToldMs,
  confirmsInMs,
  type LedgerTime,
  ledgerMs,
} from './ledger-time.ts';

/** Puts a clock that is not believed, or is right again, on the timeline: each change once. */
export function tellClock(draft: Draft): void {
  const { state } = draft;
  const { time } = state;
  const aheadMs = clockAheadMs(time);
  const now = time.doubt ? 'ahead' : -aheadMs > clockBehindToldMs ? 'behind' : null;
  const before = state.clockTold;
  if (now === before) return;
  state.clockTold = now;
  const ledgerTime = formatInstant(ledgerMs(time));
  if (now === 'ahead') {
    recordEvent(
      draft,
      'clockSetForward',
      'warning',
      `This server's clock is ${describeSpan(aheadMs)} ahead of the ledger's time, ${ledgerTime}. It ` +
        `is not believed until it has stood for ${describeSpan(confirmsInMs(time) ?? 0)} or another ` +
        `server's clock agrees; nothing ends by it. Check the clock.`,
    );
  } else if (now === 'behind') {
    recordEvent(
      draft,
      'clockSetBack',
      'warning',
      `This server's clock is ${describeSpan(-aheadMs)} behind the ledger's time, ${ledgerTime}, which ` +
        `goes on by itself. Set the clock right; if it is right, let the ledger take its time from it.`,
    );
  } else {
    recordEvent(
      draft,
      'clockBelieved',
      'info',
      before === 'ahead' && aheadMs >= 0
        ? `This server's clock is confirmed: the ledger goes by it, ${ledgerTime}.`
        : `This server's clock agrees with the ledger's time again, ${ledgerTime}.`,
    );
  }
}

export const clockHandlers = {
  clockAccepted: (draft, { requestId }) => takeClock(draft, requestId),
} satisfies Partial<AdminHandlers>;

/** Takes the ledger's time from this host's clock, forward or back, by an admin's order. */
function takeClock(draft: Draft, requestId: number): void {
  const { state } = draft;
  const { time, meta } = state;
  const changedMs = Math.round(time.lastWallMs - ledgerMs(time));
  const before = formatInstant(ledgerMs(time));
  acceptClock(time, time.lastWallMs);
  meta.timesSet++;
  retime(draft);
  recordEvent(
    draft,
    'clockAccepted',
    'warning',
    `An admin had the ledger's time taken from this server's clock: it was ${before} and is ` +
      `${formatInstant(draft.nowMs)} now, ` +
      (changedMs === 0
        ? 'the same.'
        : `${describeSpan(Math.abs(changedMs))} ${changedMs > 0 ? 'later' : 'earlier'}.`),
  );
  reply(draft, requestId, { type: 'clockTaken', changedMs, ledgerMs: draft.ledgerMs });
}

/** Why something that depends on the time has to wait; undefined: the clock is believed. */
export function describeDoubt(time: LedgerTime): string | undefined {
  const leftMs = confirmsInMs(time);
  if (leftMs === null) return undefined;
  return (
    `This server's clock is ${describeSpan(clockAheadMs(time))} ahead of the ledger's time and not ` +
    `confirmed yet. Try again in ${describeSpan(Math.max(leftMs, 60_000))}.`
  );
}
