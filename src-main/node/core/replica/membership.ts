import { hasRows } from '../ledger/unite.ts';
import { stepDown } from './active.ts';
import type { PeerMessage } from './message.ts';
import { majorityOf, otherVoters } from './quorum.ts';
import {
  configOf,
  createPeer,
  isWitness,
  keepsRows,
  others,
  peerOf,
  type ReplicaState,
} from './replica-state.ts';
import { describeReplaced } from '../../../../src-shared/view/describe-replaced.ts';
import { primaryOf, takesPart } from '../../../../src-shared/model/ledger-config.ts';
import { compareTerms, type Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { noteOnce, notMemberMessage, ownLast, promise, sendNow, type Turn } from './turn.ts';

/**
 * Whether to listen to the sender. A sender that is no member is told so, when the configuration
 * here is committed. Otherwise the sender may be right: its own configuration is newer, or the one
 * here never came to hold.
 */
export function greetStranger(turn: Turn, from: MemberId, message: PeerMessage): boolean {
  const { state } = turn;
  if (others(state).includes(from)) return true;
  if (message.type === 'notMember') {
    noteNotMember(turn, from, message);
    return false;
  }
  if (message.type === 'unknownMember') return false;
  if (!('configVersion' in message)) return state.active === from && state.peers.has(from);
  const { version } = configOf(state);
  const answer = answerToStranger(state, from, message);
  if (message.configVersion > version || mayBeMember(state)) {
    // The sender may also have gone on alone, in a spell before the present one.
    if (state.role.type === 'active' && answer) sendNow(turn, from, answer);
    if (!state.peers.has(from)) {
      state.peers.set(from, { ...createPeer(state.nowMs), isStranger: true });
    }
    return true;
  }
  if (answer) sendNow(turn, from, answer);
  return false;
}

/**
 * What a server is told that is no member in the configuration here and speaks as one. Undefined: nothing,
 * because it may be right.
 */
export function answerToStranger(
  state: ReplicaState,
  from: MemberId,
  message: Asking,
): PeerMessage | undefined {
  if (!('configVersion' in message) || saysNoMember(message) || !isConfigCommitted(state))
    return undefined;
  if (isNoMember(state, from, message)) return notMemberMessage(state);
  if (isCalledInVain(state, from, message))
    return { ...notMemberMessage(state), configVersion: message.configVersion };
  const { version } = configOf(state);
  if (keepsRows(state) || message.configVersion > version) return undefined;
  return { type: 'unknownMember', term: state.term, configVersion: version };
}

/** A message, or what an image that can be fetched is said to be. */
type Asking = PeerMessage | Omit<Extract<PeerMessage, { type: 'image' }>, 'image'>;

/** It tells its receiver that it has no place, and claims none for its sender. */
export function saysNoMember({ type }: Asking): boolean {
  return type === 'notMember' || type === 'unknownMember';
}

/**
 * The server was taken out, as far as the configuration here knows. Of any other stranger this member may
 * have forgotten that it takes part, when its own directory was put back to a time before that.
 */
export function isFormer(state: ReplicaState, id: MemberId): boolean {
  return configOf(state).former?.includes(id) === true;
}

/**
 * Whether a stranger is no member for sure: it was taken out, or it was called to take part by a
 * configuration that never came to hold. In that case it has nothing of the ledger that could be lost. A
 * later configuration than the one here may be about to be made by the active itself, so that the receiver
 * compares the term of the active with that in which it was called.
 */
export function isNoMember(
  state: ReplicaState,
  from: MemberId,
  message: Extract<PeerMessage, { type: 'preVote' }> | { type: PeerMessage['type'] },
): boolean {
  if (isFormer(state, from)) return true;
  if (message.type !== 'preVote' || !('last' in message)) return false;
  const isKnown = message.configVersion <= configOf(state).version;
  return hasNothing(message) && (isKnown || decidesAlone(state));
}

/** It was called to take part, and has got nothing of the ledger. */
function hasNothing({ last, configBy }: Extract<PeerMessage, { type: 'preVote' }>): boolean {
  return last.index === 0 && configBy === undefined;
}

/**
 * Under `continuity` an active was about to count the server in, could not, and is to do so no longer: nobody
 * else knows that it waits. That holds by the version of the call, which was never made.
 */
function isCalledInVain(state: ReplicaState, from: MemberId, message: Asking): boolean {
  if (message.type !== 'preVote' || !('last' in message) || !keepsRows(state)) return false;
  return state.role.type === 'active' && hasNothing(message) && !takesPart(configOf(state), from);
}

/** Under `majority`: what former actives wrote and is not here can come to hold no more. */
function decidesAlone(state: ReplicaState): boolean {
  const { role, commitIndex, termIndex } = state;
  return !keepsRows(state) && role.type === 'active' && commitIndex >= termIndex;
}

/**
 * The active is about to count this member in. One that keeps the ledger since it took part before may not
 * have heard yet that it was taken out, and does not give the ledger up for that any longer.
 */
export function noteCalled(turn: Turn, configVersion: number, term: Term): void {
  const { state } = turn;
  state.calledIn = Math.max(state.calledIn, configVersion);
  if (keepsRows(state) || state.storeFailed || compareTerms(term, state.term) < 0) return;
  // What it promised as the witness of before, and may have forgotten, binds nobody when it is taken in anew.
  if (isWitness(state)) state.incomplete = false;
  if (compareTerms(term, state.term) === 0) return;
  stepDown(turn, null);
  promise(turn, term);
}

/** The newest version by which this member takes part, or is about to. */
export function knownVersion(state: ReplicaState): number {
  return Math.max(configOf(state).version, state.calledIn);
}

/**
 * The configuration here may never have come to hold, and then the sender is right: as in Raft, it
 * is listened to. A server that has nothing of the ledger yet does not: it was called by a later
 * configuration than the one it has.
 */
function mayBeMember(state: ReplicaState): boolean {
  return hasLedger(state) && !isConfigCommitted(state);
}

/** False: this server was called to take part and has got nothing yet. */
function hasLedger(state: ReplicaState): boolean {
  return keepsRows(state) ? hasRows(state.ledger) : ownLast(state).index > 0;
}

/** What a server alone has on its disk is committed; others know it only once they heard so. */
export function isConfigCommitted(state: ReplicaState): boolean {
  const alone = others(state).length === 0 && state.durableIndex > 0;
  const index = alone ? state.durableIndex : state.commitIndex;
  return index > 0 && index >= state.configIndex;
}

/**
 * The sender's configuration has no place for this server, whose copy of the ledger is then of no
 * use: when that configuration is a later one; or of the same version, and committed, while the one
 * here counts the sender in, which never held or was made alone while the sender was taken to be
 * away; or when it is that of an active in a later term than the one that this server was called in. Who
 * was called without a term, and has got nothing yet, does not go by that last one.
 */
export function noteNotMember(
  turn: Turn,
  from: MemberId,
  { term, configVersion, fromActive }: Extract<PeerMessage, { type: 'notMember' }>,
): void {
  const { state } = turn;
  const version = knownVersion(state);
  const isOfLaterTerm = fromActive && term.member === from && compareTerms(term, state.term) > 0;
  const wasCalledInTerm = !keepsRows(state) && state.term.number > 0;
  const isLater = isOfLaterTerm && (hasLedger(state) || wasCalledInTerm);
  const isSame = configVersion === version && others(state).includes(from);
  if (configVersion <= version && !isSame && !isLater) return;
  if (isOwnInBackup(state)) noteReplaced(turn, from);
  else leave(turn, configVersion);
}

/**
 * The licences are this server's own, and it has not agreed that others give them away (docs/pairing.md):
 * no word of another server has it drop them.
 */
export function isOwnInBackup(state: ReplicaState): boolean {
  const { membership, relationship } = configOf(state);
  const isShared = relationship?.kind === 'triad' || relationship?.kind === 'pool';
  return primaryOf(membership) === state.self && !isShared;
}

/** By the word of its backup another server serves this one's own licences: two would grant each seat. */
function noteReplaced(turn: Turn, from: MemberId): void {
  const { state } = turn;
  if (state.replacedBy !== null) return;
  stepDown(turn, null);
  state.replacedBy = from;
  const severity = 'error';
  const message = describeReplaced(state.names.get(from) ?? from);
  noteOnce(turn, `replaced ${from}`, { kind: 'relationshipChanged', severity, message });
}

/** By the word of the admin here who says so is heard no longer, and has nothing that is waited for. */
export function denyReplacement({ state }: Turn): void {
  if (state.replacedBy !== null) peerOf(state, state.replacedBy).down = 'gone';
  state.replacedBy = null;
  state.deniesReplacement = true;
  state.hasCaughtUp = true;
}

/** Who took another server for the primary speaks to this one as to a member again. */
export function noteTakenBack(state: ReplicaState, from: MemberId, { type }: PeerMessage): void {
  if (state.replacedBy === from && type !== 'notMember') state.replacedBy = null;
}

/**
 * A member of the configuration here goes by a committed one without this server, a later one or one of the
 * same version that was made in its place, and does not know that this server was taken out: the
 * configuration here never came to hold, or the sender was put back to a time before it did. When a
 * majority of the members here says so, it cannot hold any more: whatever this server has promised binds
 * nobody.
 */
export function noteUnknownMember(
  turn: Turn,
  from: MemberId,
  { configVersion }: Extract<PeerMessage, { type: 'unknownMember' }>,
): void {
  const { state } = turn;
  const version = knownVersion(state);
  if (keepsRows(state) || configVersion < version) return;
  peerOf(state, from).unknownIn = version;
  const agreed = otherVoters(state).filter((id) => peerOf(state, id).unknownIn === version);
  if (agreed.length < majorityOf(state)) return;
  leave(turn, configVersion);
}

function leave(turn: Turn, configVersion: number): void {
  stepDown(turn, null);
  turn.state.removed = true;
  turn.effects.push({ type: 'removed', configVersion });
}
