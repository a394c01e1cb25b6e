import type { Hindrance } from '../../../../src-shared/model/hindrance.ts';
import { closeAllDenials } from '../ledger/denials.ts';
import { becomeActive, stepDown } from './active.ts';
import { stand } from './election.ts';
import { hindranceSaidBy } from './hindrance.ts';
import { lastPosition } from './log.ts';
import type { HandoverReason, PeerMessage } from './message.ts';
import {
  membershipOf,
  peerOf,
  preferenceOf,
  type ReplicaState,
  ruleOf,
  settingsOf,
  keepsRows,
  lastWritten,
} from './replica-state.ts';
import { spellIdOf } from '../rows/row.ts';
import { keepOn, keepTold, keptUnits, keptUnitsMax } from './noted-leases.ts';
import { canLead, tellPresence, tellPresenceTo } from './campaign.ts';
import { isDown } from './failure-detector.ts';
import { runLedger, serve } from './serving.ts';
import { hasJustWoken } from './suspension.ts';
import { bestSuccessor } from './sync-set.ts';
import { type Position, samePosition, type Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { ownLast, promise, send, type Turn, nextTerm } from './turn.ts';

/** A handover that takes longer is given up, and what was held back is served here. */
const handoverMsMax = 2_000;

/** Least hold-down of a member that failed again, so that there is something to double. */
const holdDownMsMin = 1_000;

/** Looks whether another member should serve instead of this one (protocol section 6). */
export function tickHandover(turn: Turn, mayReclaim: boolean): void {
  const { state } = turn;
  if (state.role.type !== 'active' || state.role.handover) return;
  if (state.leaving) {
    leave(turn);
  } else if (state.storeFailed) {
    const successor = bestSuccessor(state, preferenceOf(state));
    if (successor !== null) beginHandover(turn, successor, 'storeFailed');
  } else if (mayReclaim && settingsOf(state).reclaim !== 'manual') {
    reclaim(turn);
  }
}

/** The preferred member takes over again when it has been in sync for long enough. */
function reclaim(turn: Turn): void {
  const { state } = turn;
  const target = bestSuccessor(state, betterThanSelf(state));
  if (target !== null && reclaimLeftMs(state, target) === 0) {
    beginHandover(turn, target, 'reclaim');
  }
}

function betterThanSelf(state: ReplicaState): MemberId[] {
  const preference = preferenceOf(state);
  return preference.slice(0, preference.indexOf(state.self));
}

/** Null: the member is not in sync. */
function reclaimLeftMs(state: ReplicaState, member: MemberId): number | null {
  const { inSyncSinceMs } = peerOf(state, member);
  if (inSyncSinceMs === null || isDown(state, member)) return null;
  return Math.max(0, holdDownMs(state, member) - (state.nowMs - inSyncSinceMs));
}

/** How a preferred member is to take over again from the one that serves in its place. */
export interface Reclaim {
  to: MemberId;
  /** The preferred member ended in an orderly way, and nothing failed. */
  stopped: boolean;
  /** What keeps the preferred member from serving, as it says itself; absent: nothing, or it is down. */
  hindrance?: Hindrance;
  /** How often the preferred member failed while it served, as far as that is not forgotten. */
  failures: number;
  /** How long the preferred member has to be in sync before, in ms. */
  waitMs: number;
  /** How much of that is left, in ms; null: the preferred member is down, or not in sync. */
  leftMs: number | null;
}

/** Null: the first in preference serves, or somebody else than this member does. */
export function deriveReclaim(state: ReplicaState): Reclaim | null {
  if (state.role.type !== 'active') return null;
  const better = betterThanSelf(state);
  const to = bestSuccessor(state, better) ?? better[0];
  if (to === undefined) return null;
  const failures = state.failures.get(to)?.count ?? 0;
  const stopped = peerOf(state, to).down === 'goodbye';
  const hindrance = hindranceSaidBy(state, to);
  const waitMs = holdDownMs(state, to);
  return {
    to,
    stopped,
    ...(hindrance && { hindrance }),
    failures,
    waitMs,
    leftMs: reclaimLeftMs(state, to),
  };
}

/** Doubles with each failure of the member while it served, up to a limit (section 5). */
function holdDownMs(state: ReplicaState, member: MemberId): number {
  const { reclaimAfterMs, reclaimHoldDownMaxMs } = settingsOf(state);
  const again = (state.failures.get(member)?.count ?? 1) - 1;
  if (again <= 0) return reclaimAfterMs;
  const doubled = Math.max(reclaimAfterMs, holdDownMsMin) * 2 ** Math.min(again, 20);
  return Math.max(reclaimAfterMs, Math.min(doubled, reclaimHoldDownMaxMs));
}

/** An orderly stop: what is only in memory is written, then another member gets the place. */
export function beginLeaving(turn: Turn): void {
  const { state } = turn;
  state.leaving = true;
  if (state.role.type !== 'active') {
    state.role = { type: 'standby' };
    return;
  }
  if (!state.storeFailed) runLedger(turn, [], closeAllDenials);
  leave(turn);
}

function leave(turn: Turn): void {
  const { state } = turn;
  const successor = bestSuccessor(state, preferenceOf(state));
  if (successor !== null) beginHandover(turn, successor, 'leave');
  else if (state.storeFailed || state.durableIndex === lastWritten(state)) stepDown(turn, null);
}

/** Stops taking writes, until the target has every entry. */
export function beginHandover(turn: Turn, to: MemberId, reason: HandoverReason): void {
  const { state } = turn;
  if (state.role.type !== 'active' || state.role.handover || to === state.self) return;
  if (!membershipOf(state).members.includes(to) || isDown(state, to)) return;
  state.role.handover = { to, startedMs: state.nowMs, reason };
}

/** Gives the place over as soon as the target has everything, or gives up after a while. */
export function continueHandover(turn: Turn): void {
  const { state } = turn;
  if (state.role.type !== 'active' || !state.role.handover) return;
  const { to, startedMs, reason } = state.role.handover;
  if (!state.peers.has(to) || isDown(state, to) || state.nowMs - startedMs >= handoverMsMax) {
    state.role.handover = null;
    const held = state.held.splice(0);
    if (held.length > 0) serve(turn, held);
    return;
  }
  const last = lastWritten(state);
  if (peerOf(state, to).matchIndex !== last || state.commitIndex !== last) return;
  const position = keepsRows(state) ? { index: last, term: state.term } : lastPosition(state.log);
  const kept = keptUnits(state.ledger).slice(0, keptUnitsMax);
  const message = { type: 'handover' as const, term: state.term, last: position, reason };
  send(turn, to, kept.length > 0 ? { ...message, kept } : message);
  stepDown(turn, to);
  // Whoever is asked for a vote now hears from this member that its place is free.
  if (!keepsRows(state)) tellPresence(turn);
  peerOf(state, to).lastHeardMs = state.nowMs;
}

/**
 * The active gives its place to this member, which has everything. Who does not take it says so, since
 * the other one has ceased to serve for it.
 */
export function noteHandover(
  turn: Turn,
  from: MemberId,
  { term, last, reason, kept }: Extract<PeerMessage, { type: 'handover' }>,
): void {
  const { state } = turn;
  if (hasJustWoken(state) || !canLead(state) || !isStillValid(state, from, term, last)) {
    if (state.role.type !== 'active') tellPresenceTo(turn, from);
    return;
  }
  if (ruleOf(state) === 'majority') {
    stand(turn, { reason, from: term });
    return;
  }
  // Who gives its place has told clients of all that it wrote.
  keepTold(turn, spellIdOf(term.number, term.boot ?? ''), last.index);
  promise(turn, nextTerm(state));
  becomeActive(turn, reason);
  if (kept) keepOn(state, kept);
}

function hasAll(state: ReplicaState, last: Position): boolean {
  return keepsRows(state) ? state.matchedIndex === last.index : samePosition(ownLast(state), last);
}

function isStillValid(state: ReplicaState, from: MemberId, term: Term, last: Position): boolean {
  return (
    state.active === from &&
    state.role.type === 'standby' &&
    term.member === state.term.member &&
    term.number === state.term.number &&
    state.promisedNumber <= term.number &&
    hasAll(state, last)
  );
}
