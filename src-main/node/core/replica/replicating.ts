import { changeRule, rulesDiffer } from './change-rule.ts';
import { writeRows } from './write-rows.ts';
import type { Change } from '../ledger/change.ts';
import { appendEntry, type Entry, entriesAfter, lastIndex, lastPosition, termAt } from './log.ts';
import {
  configOf,
  others,
  type Peer,
  peerOf,
  type ReplicaState,
  keepsRows,
} from './replica-state.ts';
import { isQuorum, otherVoters } from './quorum.ts';
import { forgetWhatIsLost, syncPeers } from './sync-set.ts';
import { noPosition } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { persist, send, type Turn } from './turn.ts';

/** Entries that one message carries at most. */
const entriesPerMessageMax = 64;

/** An image that was not confirmed for so long is sent again. */
const imageEveryMs = 5_000;

/** Makes an entry of these changes, which are in force in the ledger already. */
export function appendChanges(turn: Turn, changes: readonly Change[]): void {
  const { state } = turn;
  if (rulesDiffer(state)) {
    const begun = changeRule(turn, changes);
    if (begun) appendChanges(turn, begun);
    return;
  }
  if (keepsRows(state)) {
    writeRows(turn, changes);
    return;
  }
  const afterIndex = lastIndex(state.log);
  const entry: Entry = { index: afterIndex + 1, term: state.term, changes };
  appendEntry(state.log, entry);
  persist(turn, { type: 'append', entries: [entry] }, { type: 'append', afterIndex });
  for (const change of changes) {
    if (change.type !== 'config') continue;
    state.configIndex = entry.index;
    forgetWhatIsLost(turn, change.before, change.after);
    syncPeers(turn);
  }
  for (const id of others(state)) replicate(turn, id);
}

/** Sends a member what it does not have yet, without waiting for what was sent before. */
export function replicate(turn: Turn, to: MemberId): void {
  const { state } = turn;
  const peer = peerOf(state, to);
  if (to === configOf(state).membership.witness) {
    sendToWitness(turn, to, peer);
    return;
  }
  if (peer.needsImage || peer.nextIndex <= state.log.base.index) {
    sendImage(turn, to, peer);
    return;
  }
  while (peer.nextIndex <= lastIndex(state.log)) {
    const prevIndex = peer.nextIndex - 1;
    const entries = entriesAfter(state.log, prevIndex, entriesPerMessageMax);
    sendEntries(turn, to, prevIndex, entries);
    peer.nextIndex += entries.length;
  }
}

/** Sends again what was not confirmed; where nothing was, it first asks how far the member is. */
export function retransmit(turn: Turn, to: MemberId): void {
  const { state } = turn;
  const peer = peerOf(state, to);
  peer.unackedSinceMs ??= state.nowMs;
  const isWitness = to === configOf(state).membership.witness;
  if (peer.matchIndex > 0 || isWitness || peer.needsImage) {
    peer.nextIndex = peer.matchIndex + 1;
    replicate(turn, to);
  } else {
    probe(turn, to, peer);
  }
}

function probe(turn: Turn, to: MemberId, peer: Peer): void {
  const last = lastIndex(turn.state.log);
  peer.nextIndex = last + 1;
  sendEntries(turn, to, last, []);
}

function sendEntries(turn: Turn, to: MemberId, prevIndex: number, entries: Entry[]): void {
  const { state } = turn;
  const prevTerm = termAt(state.log, prevIndex);
  if (!prevTerm) throw new Error(`entry ${prevIndex} is not in the log`);
  send(turn, to, {
    type: 'append',
    term: state.term,
    configVersion: configOf(state).version,
    prev: { index: prevIndex, term: prevTerm },
    entries,
    commitIndex: state.commitIndex,
  });
  peerOf(state, to).unackedSinceMs ??= state.nowMs;
}

/**
 * The witness hears of entries only when the members in sync are too few to commit them. What it
 * has heard of a member must have to get its vote, so an entry that reached the witness and not the
 * standby before the active was lost would leave nobody to take over.
 */
function sendToWitness(turn: Turn, to: MemberId, peer: Peer): void {
  const { state } = turn;
  const last = lastPosition(state.log);
  if (peer.nextIndex > last.index) return;
  const config = configOf(state);
  const isNew = peer.matchIndex === 0 || peer.matchIndex < state.configIndex;
  if (!isNew && membersSuffice(state)) return;
  const changes: Change[] = isNew ? [{ type: 'config', before: config, after: config }] : [];
  send(turn, to, {
    type: 'append',
    term: state.term,
    configVersion: config.version,
    prev: noPosition,
    entries: [{ index: last.index, term: last.term, changes }],
    commitIndex: state.commitIndex,
  });
  peer.nextIndex = last.index + 1;
  peer.unackedSinceMs ??= state.nowMs;
}

function membersSuffice(state: ReplicaState): boolean {
  const inSync = otherVoters(state).filter((id) => peerOf(state, id).inSyncSinceMs !== null);
  return isQuorum(state, inSync);
}

function sendImage(turn: Turn, to: MemberId, peer: Peer): void {
  const { state } = turn;
  if (peer.imageSentMs !== null && state.nowMs - peer.imageSentMs < imageEveryMs) return;
  if (peer.common === null) {
    // The member has not said yet what it has of usage and timeline.
    probe(turn, to, peer);
    return;
  }
  peer.imageSentMs = state.nowMs;
  peer.needsImage = true;
  const { usageSequence, eventSequence } = peer.common;
  turn.effects.push({
    type: 'sendImage',
    to,
    term: state.term,
    commitIndex: state.commitIndex,
    usageAfter: usageSequence,
    eventsAfter: eventSequence,
  });
  peer.unackedSinceMs ??= state.nowMs;
}
