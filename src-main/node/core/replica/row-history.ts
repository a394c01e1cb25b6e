import type { Change } from '../ledger/change.ts';
import type { LedgerState } from '../ledger/ledger.ts';
import type { Row, SpellId, SpellRow } from '../rows/row.ts';
import type { HistoryChange, SpellHistory } from './message.ts';
import { persist, type Turn } from './turn.ts';

/** Usage records or timeline entries of a spell that are not here, both ends included. */
export interface MissingHistory {
  spell: SpellId;
  kind: 'usage' | 'events';
  from: number;
  to: number;
}

export function historyIn(changes: readonly Change[]): HistoryChange[] {
  return changes.filter((change) => change.type === 'usage' || change.type === 'event');
}

/** Without what is of the time as a log. */
export function spellHistoryIn(changes: readonly Change[]): SpellHistory[] {
  return historyIn(changes).filter((change): change is SpellHistory => change.spell !== undefined);
}

/** Writes changes of rows at a member that does not serve, with what is missing of their history. */
export function persistRows(turn: Turn, changes: readonly Change[]): void {
  const gaps = missingHistory(changes);
  persist(turn, { type: 'rows', changes, gaps }, { type: 'rows', changes });
}

/**
 * A spell says how far its history goes. What came without the records themselves, from a member that
 * lacked them or by exchanging what differs, is fetched apart, from whoever has it.
 */
export function missingHistory(changes: readonly Change[]): MissingHistory[] {
  const missing: MissingHistory[] = [];
  const history = historyIn(changes);
  for (const [id, { before, after }] of spellsIn(changes)) {
    for (const kind of ['usage', 'events'] as const) {
      const present = new Set(
        history
          .filter((change) => change.spell === id && kindOf(change) === kind)
          .map((change) => change.after.sequence),
      );
      const first = (before?.[kind] ?? 0) + 1;
      missing.push(
        ...gapsBetween(first, after[kind], present).map((gap) => ({ spell: id, kind, ...gap })),
      );
    }
  }
  return missing;
}

/** Each spell that is written anew, as it was before and as it is in the end. */
function spellsIn(
  changes: readonly Change[],
): Map<SpellId, { before: SpellRow | null; after: SpellRow }> {
  const spells = new Map<SpellId, { before: SpellRow | null; after: SpellRow }>();
  for (const change of changes) {
    if (change.type !== 'row' || change.row.after?.kind !== 'spell') continue;
    const { before, after } = change.row;
    const first = spells.get(after.id);
    const was = before?.kind === 'spell' ? before : null;
    spells.set(after.id, { before: first ? first.before : was, after });
  }
  return spells;
}

function kindOf(change: HistoryChange): MissingHistory['kind'] {
  return change.type === 'usage' ? 'usage' : 'events';
}

function gapsBetween(
  first: number,
  last: number,
  present: ReadonlySet<number>,
): { from: number; to: number }[] {
  if (present.size === 0) return first <= last ? [{ from: first, to: last }] : [];
  const gaps: { from: number; to: number }[] = [];
  let from = first;
  for (const number of [...present].filter((one) => one >= first).sort((a, b) => a - b)) {
    if (number > from) gaps.push({ from, to: number - 1 });
    from = number + 1;
  }
  if (from <= last) gaps.push({ from, to: last });
  return gaps;
}

/** History of spells that an image names and that was not here before. */
export function missingSpells(before: LedgerState, rows: readonly Row[]): MissingHistory[] {
  const known = new Map(
    [...(before.rows?.spell.values() ?? []), ...before.formerSpells].map((row) => [row.id, row]),
  );
  const changes = rows
    .filter((row) => row.kind === 'spell')
    .map((after): Change => {
      return { type: 'row', row: { before: known.get(after.id) ?? null, after } };
    });
  return missingHistory(changes);
}
