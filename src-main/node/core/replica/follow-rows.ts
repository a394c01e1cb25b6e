import type { Change } from '../ledger/change.ts';
import { dropOver, uniteRows } from '../ledger/unite.ts';
import { applyChange } from '../ledger/ledger.ts';
import { rootText } from '../rows/digest.ts';
import type { Row } from '../rows/row.ts';
import { follow } from './follow.ts';
import type { SpellHistory, PeerMessage } from './message.ts';
import { keepsRows, type ReplicaState, settingsOf } from './replica-state.ts';
import { syncPeers } from './sync-set.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { send, type Turn } from './turn.ts';
import { persistRows } from './row-history.ts';
import { askForDifference } from './ask-difference.ts';

type Rows = Extract<PeerMessage, { type: 'rows' }>;

/** A write of the active. Only its rows are taken, in the order in which they come (section 3). */
export function noteRows(turn: Turn, from: MemberId, message: Rows): void {
  if (!follow(turn, from, message.term)) return;
  const { state } = turn;
  if (!keepsRows(state) || state.storeFailed) return;
  hear(state, message.number, message.root);
  takeRows(turn, message.rows, message.history, message.markMs);
  if (state.heard && message.number === state.heard.number) noteConfigAt(state, message);
  acknowledge(turn, from, true);
  noteCaughtUp(state, message.commitIndex);
}

/** Whether everything that a client was told of up to this write of the active is here. */
export function noteCaughtUp(state: ReplicaState, write: number): void {
  if (state.matchedIndex >= Math.max(1, write)) noteHasAll(state);
}

/** Everything that was committed where the active serves is here. */
export function noteHasAll(state: ReplicaState): void {
  state.hasCaughtUp = true;
  state.incomplete = false;
}

function noteConfigAt(state: ReplicaState, { rows, number }: Rows): void {
  if (rows.some(({ kind }) => kind === 'config')) state.configIndex = number;
}

/** What the active's rows add up to after a write; the newest one counts. */
export function hear(state: ReplicaState, number: number, root: string): void {
  if (state.heard && state.heard.number >= number) return;
  state.heard = { number, root };
}

/** Unites rows with those that are here, durably. */
export function takeRows(
  turn: Turn,
  rows: readonly Row[],
  history: readonly SpellHistory[],
  markMs: number,
): void {
  const { state } = turn;
  const { ledger } = state;
  const changes: Change[] = [...dropOver(ledger, markMs), ...uniteRows(ledger, rows), ...history];
  for (const change of history) applyChange(ledger, change);
  if (changes.length === 0) return;
  persistRows(turn, changes);
  if (changes.some((change) => change.type === 'config')) syncPeers(turn);
}

/**
 * Says that all of the active's writes up to a number are here, when the rows add up to the same. The
 * acknowledgement names the boot, and leaves when they are durable.
 */
export function acknowledge(turn: Turn, to: MemberId, isNews: boolean): void {
  const { state } = turn;
  const { heard, ledger } = state;
  if (!heard || !ledger.rows) return;
  if (rootText(ledger.rows.digest) === heard.root) {
    state.differsSinceMs = null;
    state.exchangeSentMs = null;
    state.matchedIndex = Math.max(state.matchedIndex, heard.number);
  }
  if (!isNews || state.matchedIndex === 0) return;
  const { matchedIndex: number } = state;
  send(turn, to, { type: 'rowsAck', term: state.term, boot: state.boot, number });
}

type Heartbeat = Extract<PeerMessage, { type: 'heartbeat' }>;

/** The active lives, and says what its rows add up to. Asks for what differs when nothing comes. */
export function noteRowsHeartbeat(turn: Turn, from: MemberId, message: Heartbeat): void {
  const { state } = turn;
  const { rows } = message;
  if (rows) {
    hear(state, rows.number, rows.root);
    acknowledge(turn, from, false);
    noteCaughtUp(state, message.commitIndex);
    watchDifference(turn, from);
  }
  const { round } = message;
  const { boot, matchedIndex, term } = state;
  send(turn, from, { type: 'heartbeatAck', term, round, rows: { boot, number: matchedIndex } });
}

function watchDifference(turn: Turn, from: MemberId): void {
  const { state } = turn;
  const { heard, matchedIndex, nowMs } = state;
  if (!heard || state.storeFailed || matchedIndex >= heard.number) {
    state.differsSinceMs = null;
    return;
  }
  state.differsSinceMs ??= nowMs;
  // Writes may be on their way.
  const isNew = matchedIndex === 0;
  const waitMs = settingsOf(state).heartbeatMs * (isNew ? 0 : 2);
  if (nowMs - state.differsSinceMs >= waitMs) askForDifference(turn, from);
}
