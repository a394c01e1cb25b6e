import { stepDown } from './active.ts';
import type { PeerMessage } from './message.ts';
import { configOf, createPeer } from './replica-state.ts';
import type { MemberId } from './term.ts';
import { sendNow, type Turn } from './turn.ts';

/**
 * Whether to listen to the sender. One that is no member is told so, when the configuration here is
 * committed; unless its own is newer, and it may know of a change that has not arrived here yet.
 */
export function greetStranger(turn: Turn, from: MemberId, message: PeerMessage): boolean {
  const { state } = turn;
  if (state.peers.has(from)) return true;
  if (message.type === 'notMember') {
    noteNotMember(turn, message.configVersion);
    return false;
  }
  if (!('configVersion' in message)) return false;
  const { version } = configOf(state);
  if (message.configVersion > version) {
    state.peers.set(from, createPeer(state.nowMs));
    return true;
  }
  if (state.commitIndex > 0 && state.commitIndex >= state.configIndex) {
    sendNow(turn, from, { type: 'notMember', term: state.term, configVersion: version });
  }
  return false;
}

/** A later configuration has no place for this server: its copy of the ledger is of no use. */
export function noteNotMember(turn: Turn, configVersion: number): void {
  const { state } = turn;
  if (configVersion <= configOf(state).version) return;
  stepDown(turn, null);
  state.removed = true;
  turn.effects.push({ type: 'removed' });
}
