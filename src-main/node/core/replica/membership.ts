import { stepDown } from './active.ts';
import { lastIndex } from './log.ts';
import type { PeerMessage } from './message.ts';
import { configOf, createPeer, others, type ReplicaState } from './replica-state.ts';
import type { MemberId } from './term.ts';
import { sendNow, type Turn } from './turn.ts';

/**
 * Whether to listen to the sender. One that is no member is told so, when the configuration here is
 * committed. Otherwise it may be right: its own is newer, or this one never came to hold.
 */
export function greetStranger(turn: Turn, from: MemberId, message: PeerMessage): boolean {
  const { state } = turn;
  if (others(state).includes(from)) return true;
  if (message.type === 'notMember') {
    noteNotMember(turn, message.configVersion);
    return false;
  }
  if (!('configVersion' in message)) return false;
  const { version } = configOf(state);
  if (message.configVersion > version || !isConfigCommitted(state)) {
    if (!state.peers.has(from)) {
      state.peers.set(from, { ...createPeer(state.nowMs), isStranger: true });
    }
    return true;
  }
  sendNow(turn, from, { type: 'notMember', term: state.term, configVersion: version });
  return false;
}

/** What a server alone has is committed; others know it only once they heard so. */
export function isConfigCommitted(state: ReplicaState): boolean {
  const alone = others(state).length === 0 && lastIndex(state.log) > 0;
  return alone || (state.commitIndex > 0 && state.commitIndex >= state.configIndex);
}

/** A later configuration has no place for this server: its copy of the ledger is of no use. */
export function noteNotMember(turn: Turn, configVersion: number): void {
  const { state } = turn;
  if (configVersion <= configOf(state).version) return;
  stepDown(turn, null);
  state.removed = true;
  turn.effects.push({ type: 'removed', configVersion });
}
