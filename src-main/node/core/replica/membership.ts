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
    noteNotMember(turn, from, message.configVersion);
    return false;
  }
  if (!('configVersion' in message)) return state.active === from && state.peers.has(from);
  const { version } = configOf(state);
  if (message.configVersion > version || mayBeActive(state, message)) {
    if (!state.peers.has(from)) {
      state.peers.set(from, { ...createPeer(state.nowMs), isStranger: true });
    }
    return true;
  }
  if (isConfigCommitted(state)) {
    sendNow(turn, from, { type: 'notMember', term: state.term, configVersion: version });
  }
  return false;
}

/**
 * An active that the configuration here does not know, which may never have come to hold. Nobody gets
 * a vote for that; and one that has nothing yet was called by a later configuration than that.
 */
function mayBeActive(state: ReplicaState, { type }: PeerMessage): boolean {
  if (type !== 'heartbeat' && type !== 'append' && type !== 'image') return false;
  return lastIndex(state.log) > 0 && !isConfigCommitted(state);
}

/** What a server alone has is committed; others know it only once they heard so. */
export function isConfigCommitted(state: ReplicaState): boolean {
  const alone = others(state).length === 0 && lastIndex(state.log) > 0;
  return alone || (state.commitIndex > 0 && state.commitIndex >= state.configIndex);
}

/**
 * A later configuration has no place for this server: its copy of the ledger is of no use. So does one
 * of the same version, which is committed, when this server counted the sender in: its own never held,
 * or was made alone while the other was taken to be away.
 */
export function noteNotMember(turn: Turn, from: MemberId, configVersion: number): void {
  const { state } = turn;
  const { version } = configOf(state);
  if (configVersion < version) return;
  if (configVersion === version && !others(state).includes(from)) return;
  stepDown(turn, null);
  state.removed = true;
  turn.effects.push({ type: 'removed', configVersion });
}
