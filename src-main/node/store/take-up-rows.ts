import type { Change } from '../core/ledger/change.ts';
import { rowsOfLedger } from '../core/ledger/rows-of-ledger.ts';
import { logSpell } from '../core/rows/row.ts';
import type { HistoryGap, LoadedLedger, StoreBatch, StoreWrite } from './store.ts';

/** A ledger with the rule `continuity` that a version wrote which kept it as a log. */
function isDue({ ledger }: LoadedLedger): boolean {
  const { config, rows = [] } = ledger;
  if (config.membership.rule !== 'continuity') return false;
  return !rows.some(({ kind }) => kind === 'config');
}

/**
 * What makes rows of the ledgers that are kept as logs and should not be: one batch, so that it is
 * done for all of them or for none. Null: there are none. History that is missing is missing still.
 */
export function takeUpRows(
  ledgers: readonly LoadedLedger[],
  gaps: readonly HistoryGap[],
): StoreBatch | null {
  const due = ledgers.filter(isDue);
  if (due.length === 0) return null;
  return {
    ledgers: due.map(({ id, ledger }) => {
      const { rows: spells = [], ...tables } = ledger;
      const former = spells.filter(({ kind, id: spell }) => kind === 'spell' && spell !== logSpell);
      const changes = [...rowsOfLedger(tables), ...former].map((after): Change => {
        return { type: 'row', row: { before: null, after } };
      });
      const missing = gaps.filter((gap) => gap.ledger === id && gap.spell === logSpell);
      const writes: StoreWrite[] = [
        { type: 'beginRows', config: ledger.config },
        { type: 'rows', changes, gaps: missing },
      ];
      return { ledger: id, writes };
    }),
    journal: [],
  };
}
