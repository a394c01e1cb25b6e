import { beginDraft, closeDraft } from '../ledger/draft.ts';
import { mergeAlone } from '../ledger/merge.ts';
import { entriesAfter, holds, lastIndex } from './log.ts';
import type { PeerMessage } from './message.ts';
import { nameOf } from './replica-state.ts';
import { appendChanges } from './replicating.ts';
import type { Position } from './term.ts';
import type { MemberId } from '../ledger/member-id.ts';
import { send, type Turn } from './turn.ts';

type Divergence = Extract<PeerMessage, { type: 'divergence' }>;

/** Unites what a returning member granted alone with this ledger, once (protocol section 6). */
export function noteDivergence(turn: Turn, from: MemberId, message: Divergence): void {
  const { state } = turn;
  if (state.role.type !== 'active' || state.storeFailed) return;
  const mark = describe(message.last);
  if (state.ledger.meta.merged[from] !== mark) {
    merge(turn, from, message, mark);
    return;
  }
  // The entry that holds the merge must be committed before the other drops its own.
  if (state.merges.some((one) => one.from === from)) return;
  send(turn, from, { type: 'merged', term: state.term, last: message.last });
}

function merge(turn: Turn, from: MemberId, message: Divergence, mark: string): void {
  const { state } = turn;
  const { ledger } = state;
  const common = message.common && holds(state.log, message.common) ? message.common : null;
  const theirs = message.entries
    .filter((entry) => common !== null || entry.term.member === from)
    .flatMap((entry) => [...entry.changes]);
  const since = common === null ? state.log.base.index : common.index;
  const ours = entriesAfter(state.log, since, Number.MAX_SAFE_INTEGER).flatMap((entry) => [
    ...entry.changes,
  ]);
  const draft = beginDraft(ledger);
  ledger.meta.merged = { ...ledger.meta.merged, [from]: mark };
  mergeAlone(draft, {
    theirs,
    ours,
    isWhole: common === null,
    ledger: message.ledger,
    theirName: nameOf(state, from),
    ourName: nameOf(state, state.self),
  });
  appendChanges(turn, closeDraft(draft, true));
  state.merges = [
    ...state.merges.filter((one) => one.from !== from),
    { from, last: message.last, index: lastIndex(state.log) },
  ];
}

/** What this member granted alone is in the active's ledger: it may take that one over. */
export function noteMerged(turn: Turn, from: MemberId, last: Position): void {
  const { state } = turn;
  if (state.active !== from) return;
  state.mergedUpTo = last;
  state.divergenceSentMs = null;
}

function describe(position: Position): string {
  return `${position.index}/${position.term.number}/${position.term.member}`;
}
