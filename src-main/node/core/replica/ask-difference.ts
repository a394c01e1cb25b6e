import { sumsLength, sumsOf } from '../rows/digest.ts';
import { isWitness } from './replica-state.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { send, type Turn } from './turn.ts';

/** What differs is asked for again when nothing came of it for so long. */
const exchangeEveryMs = 1_000;

/** Asks the active for the rows in which both differ: that is the only way of catching up. */
export function askForDifference(turn: Turn, active: MemberId): void {
  const { state } = turn;
  const { rows } = state.ledger;
  if (!rows) return;
  if (state.exchangeSentMs !== null && state.nowMs - state.exchangeSentMs < exchangeEveryMs) return;
  state.exchangeSentMs = state.nowMs;
  const sums = sumsOf(rows.digest);
  send(turn, active, { type: 'buckets', term: state.term, boot: state.boot, sums });
}

/** From a member whose configuration is of a time under `majority`: it lacks everything. */
export function askForAll(turn: Turn, active: MemberId): void {
  const { state } = turn;
  if (state.storeFailed || isWitness(state)) return;
  if (state.exchangeSentMs !== null && state.nowMs - state.exchangeSentMs < exchangeEveryMs) return;
  state.exchangeSentMs = state.nowMs;
  const sums = Array<number>(sumsLength).fill(0);
  send(turn, active, { type: 'buckets', term: state.term, boot: state.boot, sums });
}
