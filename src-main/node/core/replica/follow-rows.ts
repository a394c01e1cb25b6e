import type { Change } from '../ledger/change.ts';
import { lostTo } from '../ledger/lost-changes.ts';
import { dropOver, dropOverIn, uniteRows, withoutLeap } from '../ledger/unite.ts';
import { applyChange, type LedgerState } from '../ledger/ledger.ts';
import { rootText } from '../rows/digest.ts';
import { type Row, spellIdOf } from '../rows/row.ts';
import { lowerMark } from '../rows/row-set.ts';
import { follow } from './follow.ts';
import type { SpellHistory, PeerMessage } from './message.ts';
import { offerLost } from './offer-rows.ts';
import { keepsRows, type ReplicaState, settingsOf } from './replica-state.ts';
import { setSyncSet, syncPeers } from './sync-set.ts';
import { isPartial } from './whole.ts';
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
  const isNext = isNextWrite(state, message);
  const rows = isNext ? message.rows : withoutLeap(state.ledger, message.rows);
  const sweep = isLate(state, message) ? null : sweepOf(state, message, isNext ? 'all' : []);
  offerLost(turn, from, takeRows(turn, rows, message.history, sweep));
  if (state.heard && message.number === state.heard.number) noteConfigAt(state, message);
  acknowledge(turn, from, message.commitIndex, true);
}

/** Every write of the spell before this one is here. */
function isNextWrite({ matchedIndex }: ReplicaState, { number }: Rows): boolean {
  return matchedIndex > 0 && number === matchedIndex + 1;
}

/**
 * Something newer was heard of the spell, so that the mark which the write names may be one of the past: what is over
 * by the present one would be taken in anew.
 */
function isLate({ heard }: ReplicaState, { number }: Rows): boolean {
  return heard !== null && number < heard.number;
}

/** By the sweep mark of the active that is followed, what is over goes. */
interface Sweep {
  markMs: number;
  /**
   * Buckets of which everything that the active had with this mark is here. Elsewhere a row that seems over may
   * have been written anew, which has not come yet.
   */
  over: readonly number[] | 'all';
}

/**
 * What goes by the sweep mark of the active that is followed. The mark counts by a time that no admin has set
 * since, as far as is known here: an active that has not heard of the order would drop what was written by it,
 * before anybody else has that.
 */
export function sweepOf(
  { ledger }: ReplicaState,
  { term, rows, markMs }: Pick<Rows, 'term' | 'rows' | 'markMs'>,
  over: Sweep['over'],
): Sweep {
  const id = spellIdOf(term.number, term.boot ?? '');
  // A write may come late, and what is known of the spell be newer.
  const spells = [ledger.rows?.spell.get(id), ...rows.filter((row) => row.id === id)];
  const timesSet = spells.map((row) => (row?.kind === 'spell' ? row.timesSet : 0));
  const hasHeard = Math.max(...timesSet) >= ledger.meta.timesSet;
  return { markMs: hasHeard ? markMs : 0, over };
}

/** Whether everything that a client was told of up to this write of the active is here. */
function noteCaughtUp(turn: Turn, write: number): void {
  const { state } = turn;
  if (state.matchedIndex < Math.max(1, write)) return;
  state.hasCaughtUp = true;
  state.incomplete = false;
  noteWhole(turn);
}

/** Everything that the active had at some time since this server was called is here, as far as it may be. */
export function noteWhole(turn: Turn): void {
  if (isPartial(turn.state)) setSyncSet(turn, []);
}

function noteConfigAt(state: ReplicaState, { rows, number }: Rows): void {
  if (rows.some(({ kind }) => kind === 'config')) state.configIndex = number;
}

/** What the active's rows add up to after a write; the newest one counts. */
export function hear(state: ReplicaState, number: number, root: string): void {
  if (state.heard && state.heard.number >= number) return;
  state.heard = { number, root };
}

/**
 * Unites rows with those that are here, durably. Returns those that another admin's change drops. `sweep`: null
 * where no mark comes with them that counts: it is of the past, or not of the active that is followed.
 */
export function takeRows(
  turn: Turn,
  rows: readonly Row[],
  history: readonly SpellHistory[],
  sweep: Sweep | null,
): Row[] {
  const { state } = turn;
  const { ledger } = state;
  const lost = lostTo(ledger, rows);
  // What was written by a time that was set back is taken by the mark that went back with it.
  if (sweep && ledger.rows) lowerMark(ledger.rows, sweep.markMs);
  const united = uniteRows(ledger, rows);
  const changes: Change[] = [...united, ...(sweep ? dropSwept(ledger, sweep) : []), ...history];
  for (const change of history) applyChange(ledger, change);
  if (changes.length === 0) return lost;
  persistRows(turn, changes);
  if (changes.some((change) => change.type === 'config')) syncPeers(turn);
  return lost;
}

function dropSwept(ledger: LedgerState, { markMs, over }: Sweep): Change[] {
  return over === 'all' ? dropOver(ledger, markMs) : dropOverIn(ledger, over, markMs);
}

/**
 * Says that all of the active's writes up to a number are here, when the rows add up to the same. The
 * acknowledgement names the boot, and leaves when they are durable, and that this member is whole with them.
 * `committed`: what clients can have been told of is within the writes up to this one.
 */
export function acknowledge(turn: Turn, to: MemberId, committed: number, isNews: boolean): void {
  const { state } = turn;
  const { heard, ledger } = state;
  if (!heard || !ledger.rows) return;
  if (rootText(ledger.rows.digest) === heard.root) {
    state.differsSinceMs = null;
    state.exchangeSentMs = null;
    state.matchedIndex = Math.max(state.matchedIndex, heard.number);
  }
  noteCaughtUp(turn, committed);
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
    acknowledge(turn, from, message.commitIndex, false);
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
