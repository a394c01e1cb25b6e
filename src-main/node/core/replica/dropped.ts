import { hourMs } from '../../../../src-shared/model/time-units.ts';
import { describeReplaced, describeWithdrawn } from '../ledger/dropped-changes.ts';
import type { LedgerState } from '../ledger/ledger.ts';
import { type Entry, lastIndex } from './log.ts';
import { keepsRows, nameOf, type ReplicaState } from './replica-state.ts';
import type { MemberId } from '../ledger/member-id.ts';
import type { Turn } from './turn.ts';

// Where a majority decides, nothing is dropped that was committed, as long as nobody has forgotten what it
// promised. Where somebody has, this member says what it drops (protocol section 6).

/** Something that was dropped while it was not known here that anybody had forgotten anything. */
interface Unsaid {
  message: string;
  atMs: number;
}

/** What this member knows of what it drops. Lost in a crash; what the node knows of others it says again. */
export interface DroppedChanges {
  /** Entries up to here may be ones that another member, or this one, has confirmed and forgotten. */
  doubtUpTo: number;
  /** Newest last. */
  unsaid: Unsaid[];
}

export function createDropped(doubtUpTo: number): DroppedChanges {
  return { doubtUpTo, unsaid: [] };
}

/** That another member has forgotten something is heard of within this time, or has nothing to do with it. */
const unsaidForMs = hourMs;

/** Most that is kept of that. */
const unsaidMax = 20;

/** A member that takes part, or this one, was put back, was emptied or went on without what it had lost. */
export function noteForgotten(turn: Turn): void {
  const { state } = turn;
  if (keepsRows(state)) return;
  const { dropped } = state;
  dropped.doubtUpTo = Math.max(dropped.doubtUpTo, lastIndex(state.log));
  for (const { message, atMs } of dropped.unsaid) {
    if (state.nowMs - atMs < unsaidForMs) say(turn, message);
  }
  dropped.unsaid = [];
}

/** Entries that go, since the active's log goes another way. To be called while the commit still says of them what it did. */
export function noteWithdrawn(turn: Turn, active: MemberId, removed: readonly Entry[]): void {
  const { commitIndex } = turn.state;
  const first = removed[0]?.index ?? Infinity;
  const changes = removed.flatMap((entry) => [...entry.changes]);
  const parts = describeWithdrawn(changes, (id) => nameOf(turn.state, id));
  const isSure = first <= commitIndex;
  sayDropped(turn, active, parts, isSure ? 'sure' : first <= turn.state.dropped.doubtUpTo);
}

/** The active's ledger takes the place of the one that was here. */
export function noteReplaced(turn: Turn, active: MemberId, had: LedgerState): void {
  const { ledger, dropped } = turn.state;
  const { parts, isSure } = describeReplaced(had, ledger);
  sayDropped(turn, active, parts, isSure ? 'sure' : dropped.doubtUpTo > 0);
}

/** `isConfirmed`: whether it may have been, as far as is known by now. */
function sayDropped(
  turn: Turn,
  active: MemberId,
  parts: readonly string[],
  isConfirmed: boolean | 'sure',
): void {
  if (parts.length === 0) return;
  const { state } = turn;
  const message = describeDropped(state, active, parts, isConfirmed === 'sure');
  if (isConfirmed) {
    say(turn, message);
    return;
  }
  const unsaid = [...state.dropped.unsaid, { message, atMs: state.nowMs }];
  state.dropped.unsaid = unsaid.slice(-unsaidMax);
}

function describeDropped(
  state: ReplicaState,
  active: MemberId,
  parts: readonly string[],
  isSure: boolean,
): string {
  const name = nameOf(state, active);
  const were = isSure ? 'were' : 'may have been';
  return (
    `${name} serves without changes that were written down here before: servers were put back from copies, or ` +
    `went on without data that they had lost, and what ${name} has counts now. Gone is, though clients ` +
    `and admins ${were} told of it: ${parts.join(', ')}. Look whether something has to be done again.`
  );
}

/** In this server's own journal: the ledger's timeline goes the other way too. */
function say(turn: Turn, message: string): void {
  turn.effects.push({ type: 'noted', kind: 'ledgersMerged', severity: 'warning', message });
}
