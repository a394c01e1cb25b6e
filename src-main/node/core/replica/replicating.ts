import type { Change } from '../change.ts';
import { appendEntry, entriesAfter, lastIndex, lastPosition, termAt, type Entry } from './log.ts';
import {
  majorityOf,
  others,
  peerOf,
  voterCount,
  type Peer,
  type ReplicaState,
} from './replica-state.ts';
import { noPosition, type MemberId } from './term.ts';
import { persist, send, type Turn } from './turn.ts';

/** Entries that one message carries at most. */
const entriesPerMessageMax = 64;

export function appendChanges(turn: Turn, changes: readonly Change[]): void {
  const { state } = turn;
  const entry: Entry = { index: lastIndex(state.log) + 1, term: state.term, changes };
  appendEntry(state.log, entry);
  persist(turn, { type: 'append', entries: [entry] });
  for (const id of others(state)) replicate(turn, id);
}

/** Sends a member what it does not have yet, without waiting for what was sent before. */
export function replicate(turn: Turn, to: MemberId): void {
  const { state } = turn;
  const peer = peerOf(state, to);
  if (to === state.membership.witness) {
    sendToWitness(turn, to, peer);
    return;
  }
  if (peer.nextIndex <= state.log.base.index) {
    sendImage(turn, to, peer);
    return;
  }
  while (peer.nextIndex <= lastIndex(state.log)) {
    const prevIndex = peer.nextIndex - 1;
    const prevTerm = termAt(state.log, prevIndex);
    if (!prevTerm) throw new Error(`entry ${prevIndex} is not in the log`);
    const entries = entriesAfter(state.log, prevIndex, entriesPerMessageMax);
    send(turn, to, {
      type: 'append',
      term: state.term,
      prev: { index: prevIndex, term: prevTerm },
      entries,
      commitIndex: state.commitIndex,
    });
    peer.nextIndex += entries.length;
    peer.unackedSinceMs ??= state.nowMs;
  }
}

function sendToWitness(turn: Turn, to: MemberId, peer: Peer): void {
  const { state } = turn;
  const last = lastPosition(state.log);
  if (peer.nextIndex > last.index) return;
  send(turn, to, {
    type: 'append',
    term: state.term,
    prev: noPosition,
    entries: [{ ...last, changes: [] }],
    commitIndex: state.commitIndex,
  });
  peer.nextIndex = last.index + 1;
  peer.unackedSinceMs ??= state.nowMs;
}

function sendImage(turn: Turn, to: MemberId, peer: Peer): void {
  const { state } = turn;
  if (peer.imageSentMs !== null && state.nowMs - peer.imageSentMs < state.timing.syncTimeoutMs)
    return;
  peer.imageSentMs = state.nowMs;
  const position = lastPosition(state.log);
  turn.effects.push({
    type: 'sendImage',
    to,
    term: state.term,
    position,
    commitIndex: state.commitIndex,
  });
  peer.nextIndex = position.index + 1;
  peer.unackedSinceMs ??= state.nowMs;
}

/** A quorum, with this member, answered a heartbeat that was sent within the time. */
export function hasQuorum(state: ReplicaState, withinMs: number): boolean {
  const heard = others(state).filter(
    (id) => state.nowMs - peerOf(state, id).ackedRoundMs < withinMs,
  ).length;
  return heard + 1 >= majorityOf(voterCount(state));
}
