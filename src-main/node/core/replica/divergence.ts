import type { Change } from '../change.ts';
import { beginDraft, flushChanges } from '../draft.ts';
import { mergeAlone } from '../merge.ts';
import { appendChanges } from './replicating.ts';
import { entriesAfter, holds, lastIndex } from './log.ts';
import type { PeerMessage } from './message.ts';
import type { MemberId, Position } from './term.ts';
import { send, type Turn } from './turn.ts';

type Divergence = Extract<PeerMessage, { type: 'divergence' }>;

/** Unites what a returning member granted alone with this ledger, once (protocol section 6). */
export function noteDivergence(turn: Turn, from: MemberId, message: Divergence): void {
  const { state } = turn;
  const { ledger } = state;
  if (state.role.type !== 'active' || !ledger || state.membership.rule !== 'continuity') return;
  const mark = describe(message.last);
  if (ledger.meta.merged[from] !== mark) {
    merge(turn, from, message, mark);
    return;
  }
  // The entry that holds the merge must be committed before the other drops its own.
  if (state.commitIndex < lastIndex(state.log) && state.mergeIndex > state.commitIndex) return;
  send(turn, from, { type: 'merged', term: state.term, last: message.last });
}

function merge(turn: Turn, from: MemberId, message: Divergence, mark: string): void {
  const { state } = turn;
  const { ledger } = state;
  if (!ledger) return;
  const common = message.common && holds(state.log, message.common) ? message.common : null;
  const theirs = message.entries
    .filter((entry) => common !== null || entry.term.member === from)
    .flatMap((entry) => [...entry.changes]);
  const from0 = common === null ? state.log.base.index : common.index;
  const ours: Change[] = entriesAfter(state.log, from0, Number.MAX_SAFE_INTEGER).flatMap(
    (entry) => [...entry.changes],
  );
  const draft = beginDraft(ledger, turn.at);
  ledger.meta.merged = { ...ledger.meta.merged, [from]: mark };
  mergeAlone(draft, { theirs, ours, ledger: message.ledger });
  flushChanges(draft, true);
  const changes = draft.effects.flatMap((effect) =>
    effect.type === 'persist' ? effect.changes : [],
  );
  appendChanges(turn, changes);
  state.mergeIndex = lastIndex(state.log);
}

export function noteMerged(turn: Turn, from: MemberId, last: Position): void {
  if (turn.state.active === from) turn.state.mergedUpTo = last;
}

function describe(position: Position): string {
  return `${position.index}/${position.term.number}/${position.term.member}`;
}
