import { applyChange } from '../ledger/ledger.ts';
import { changeByRow } from '../ledger/row-change.ts';
import { keepsRows } from './replica-state.ts';
import { persist, type Turn } from './turn.ts';

/**
 * At the end of a spell: its row says how far clients were told of it, which else comes with the next
 * write. What is beyond was under way and nobody relies on it.
 */
export function keepTold(turn: Turn): void {
  const { state } = turn;
  const { rows, spell, toldWrite } = state.ledger;
  const before = spell && rows?.spell.get(spell.id);
  if (!before || !keepsRows(state) || state.storeFailed || before.told >= toldWrite) return;
  const change = changeByRow(state.ledger, { before, after: { ...before, told: toldWrite } });
  applyChange(state.ledger, change);
  const changes = [change];
  persist(turn, { type: 'rows', changes, gaps: [] }, { type: 'rows', changes });
}
