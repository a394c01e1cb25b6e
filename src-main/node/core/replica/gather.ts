import { forgetMark } from '../ledger/ledger.ts';
import { noteLost } from '../ledger/lost-changes.ts';
import { sumsOf } from '../rows/digest.ts';
import { becomeActive, stepDown } from './active.ts';
import { isDown } from './failure-detector.ts';
import type { PeerMessage } from './message.ts';
import {
  configOf,
  keepsRows,
  nameOf,
  others,
  type ReplicaState,
  settingsOf,
} from './replica-state.ts';
import { compareTerms, type Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { promise, send, sendNow, type Turn } from './turn.ts';
import { type PieceMessage, piecesPerGathering, sendPieces } from './exchange.ts';
import { takeRows } from './follow-rows.ts';
import { withoutLeap } from '../ledger/unite.ts';
import { noteLive, reserveNoted } from './noted-leases.ts';

/** Longest time that a takeover waits for what others have. */
const gatherMsMax = 1_000;

/**
 * The beginning of a takeover (protocol section 3): notes what lives here, promises a term that is new,
 * and asks everybody who can be reached for what differs. Nothing is served before.
 */
export function beginGathering(turn: Turn, term: Term): void {
  const { state } = turn;
  noteLive(state);
  // The mark was that of the active before, and may be of a time that an admin has set back since.
  forgetMark(state.ledger);
  promise(turn, term);
  state.active = null;
  const reached = others(state).filter((id) => !isDown(state, id));
  state.role = {
    type: 'gathering',
    term,
    sinceMs: state.nowMs,
    waitsFor: new Set(reached),
  };
  const { rows } = state.ledger;
  const sums = rows ? sumsOf(rows.digest) : [];
  const { version: configVersion } = configOf(state);
  for (const id of reached) send(turn, id, { type: 'gather', term, configVersion, sums });
  tickGathering(turn);
}

/** A member that is about to serve asks what is here. */
export function noteGather(
  turn: Turn,
  from: MemberId,
  { term, sums }: Extract<PeerMessage, { type: 'gather' }>,
): void {
  const { state } = turn;
  if (!keepsRows(state) || term.member !== from) return;
  if (compareTerms(term, state.term) <= 0) {
    sendNow(turn, from, { type: 'superseded', term: state.term });
    return;
  }
  if (state.storeFailed) return;
  if (state.role.type !== 'standby') stepDown(turn, null);
  promise(turn, term);
  state.active = null;
  sendPieces(turn, from, sums, term, piecesPerGathering);
}

/** What another one has comes to the member that is about to serve. */
export function noteGathered(turn: Turn, from: MemberId, message: PieceMessage): void {
  const { role, storeFailed } = turn.state;
  if (role.type !== 'gathering' || storeFailed || !message.asked) return;
  if (compareTerms(role.term, message.asked) !== 0) return;
  noteLost(turn.state.ledger, message.rows, from);
  const rows = message.all ? message.rows : withoutLeap(turn.state.ledger, message.rows);
  takeRows(turn, rows, [], null);
  if (message.rows.some(({ kind }) => kind === 'lease')) {
    const granted = `${nameOf(turn.state, from)} granted some of them`;
    turn.state.ledger.overdraftCause = { type: 'merge', granted };
  }
  if (message.last) role.waitsFor.delete(from);
  tickGathering(turn);
}

/**
 * Whether another member may have served after this one did, which has heard nothing of it yet
 * (section 6).
 */
function mayHaveMissedASpell(state: ReplicaState): boolean {
  return !state.hasCaughtUp && state.nowMs - state.startedMs < settingsOf(state).coldStartWaitMs;
}

/** Serves when all have answered that can be reached, or when it was long enough. */
export function tickGathering(turn: Turn): void {
  const { state } = turn;
  const { role } = state;
  if (role.type !== 'gathering') return;
  const present = others(state);
  const isColdStart = mayHaveMissedASpell(state);
  for (const id of role.waitsFor) {
    if (present.includes(id) && !isDown(state, id)) continue;
    role.waitsFor.delete(id);
    if (!isColdStart) continue;
    // The member that is gone may be the one that served last: the wait for it is not over.
    state.role = { type: 'standby' };
    return;
  }
  // One whose clock is apart sends none of its rows; whoever had to wait for it has done so before (section 6).
  const mayEnd = !isColdStart || [...role.waitsFor].every((id) => state.apart.has(id));
  const isLong = mayEnd && state.nowMs - role.sinceMs >= gatherMsMax;
  if (role.waitsFor.size > 0 && !isLong) return;
  becomeActive(turn, null);
  reserveNoted(state);
}
