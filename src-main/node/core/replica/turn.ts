import type { Instant } from '../ledger/event.ts';
import { lastPosition } from './log.ts';
import type { PeerMessage } from './message.ts';
import type { ReplicaEffect, Write } from './replica-effect.ts';
import {
  configOf,
  isWitness,
  keepsRows,
  lastWritten,
  others,
  type ReplicaState,
  type Undo,
} from './replica-state.ts';
import { compareTerms, noPosition, type Position, type Term } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';

/** One step of a replica while it is being decided. */
export interface Turn {
  readonly state: ReplicaState;
  readonly at: Instant;
  readonly effects: ReplicaEffect[];
}

/** Writes durably; `persisted` with this number says when it is done. */
export function persist(turn: Turn, write: Write, undo: Undo | null = null): void {
  persistAll(turn, [write], undo);
}

/** The same for several writes: all of them are durable, or none. */
export function persistAll(turn: Turn, writes: Write[], undo: Undo | null): void {
  const { state } = turn;
  if (state.storeFailed) throw new Error('nothing is written while the store fails');
  const number = ++state.persistNumber;
  state.pendingPersists.push({
    number,
    term: state.term,
    lastIndex: lastWritten(state),
    syncSet: state.syncSet,
    undo,
  });
  turn.effects.push({ type: 'persist', number, writes });
}

export function notePersisted(state: ReplicaState, number: number): void {
  while (state.pendingPersists[0] && state.pendingPersists[0].number <= number) {
    const done = state.pendingPersists.shift();
    if (!done) return;
    state.durableTerm = done.term;
    state.durableIndex = done.lastIndex;
    state.durableSyncSet = done.syncSet;
  }
}

/** What is on its way to the disk was numbered by another rule, or in a former spell. */
export function forgetNumbers(state: ReplicaState): void {
  for (const pending of state.pendingPersists) pending.lastIndex = 0;
  state.durableIndex = 0;
}

export function send(turn: Turn, to: MemberId, message: PeerMessage): void {
  turn.effects.push({ type: 'send', to, message });
}

/** For what says nothing that is not durable already, so that a slow disk cannot delay it. */
export function sendNow(turn: Turn, to: MemberId, message: PeerMessage): void {
  turn.effects.push({ type: 'sendNow', to, message });
}

type NotMember = Extract<PeerMessage, { type: 'notMember' }>;

/** Says that the receiver has no place in the configuration here, which is committed. */
export function tellNotMember(turn: Turn, to: MemberId): void {
  sendNow(turn, to, notMemberMessage(turn.state));
}

export function notMemberMessage(state: ReplicaState): NotMember {
  return {
    type: 'notMember',
    term: state.term,
    configVersion: configOf(state).version,
    fromActive: state.role.type === 'active' && compareTerms(state.durableTerm, state.term) === 0,
  };
}

export function sendToOthers(turn: Turn, message: PeerMessage): void {
  for (const to of others(turn.state)) send(turn, to, message);
}

/** Where this member's log ends; a witness knows only that. */
export function ownLast(state: ReplicaState): Position {
  if (keepsRows(state)) return noPosition;
  return isWitness(state) ? state.witnessed : lastPosition(state.log);
}

/** The term that follows every one heard of. */
export function nextTerm(state: ReplicaState): Term {
  const number = Math.max(state.highestNumber, state.term.number) + 1;
  const { self: member, boot } = state;
  return keepsRows(state) ? { number, member, boot } : { number, member };
}

/** Promises to keep to a term, durably before anything that depends on it leaves. */
export function promise(turn: Turn, term: Term): void {
  const { state } = turn;
  if (compareTerms(term, state.term) <= 0) {
    throw new Error(`term ${term.number} does not follow ${state.term.number}`);
  }
  state.term = term;
  // The same server may lead again after another one did, with another log.
  state.matchedIndex = 0;
  state.heard = null;
  state.differsSinceMs = null;
  state.exchangeSentMs = null;
  if (keepsRows(state)) {
    // Writes are numbered anew; what came to hold is what the first of them says.
    state.commitIndex = 0;
    state.configIndex = 1;
  }
  state.highestNumber = Math.max(state.highestNumber, term.number);
  persist(turn, { type: 'term', term });
}

type Noted = Extract<ReplicaEffect, { type: 'noted' }>;

/** Puts something into this server's own journal, once until an active is known again. */
export function noteOnce(turn: Turn, key: string, noted: Omit<Noted, 'type'>): void {
  if (turn.state.noted.has(key)) return;
  turn.state.noted.add(key);
  turn.effects.push({ type: 'noted', ...noted });
}
