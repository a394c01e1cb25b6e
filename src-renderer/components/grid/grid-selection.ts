import { useMemo, useState } from 'react';

/** The rows of a grid that are chosen, for something that is done with all of them. */
export interface GridSelection<Row> {
  chosen: readonly Row[];
  isChosen: (row: Row) => boolean;
  /** Chooses the row of this number or no longer; `range`: all from the one before on. */
  choose: (index: number, range: boolean) => void;
  /** The same for one row that is known. */
  toggle: (row: Row) => void;
  /** Every row, or none when all are chosen. */
  chooseAll: () => void;
  /** Whether all, some or none of the rows are chosen. */
  state: 'all' | 'some' | 'none';
  clear: () => void;
  /** What a row is called, for a screen reader. */
  nameOf: (row: Row) => string;
}

interface GridSelectionOptions<Row> {
  keyOf: (row: Row) => string;
  nameOf: (row: Row) => string;
  rowAt: (index: number) => Row | undefined;
  rowCount: number;
  /** So many rows from one on, also where `rowAt` does not have them yet. */
  rowsFrom: (first: number, count: number) => readonly Row[] | Promise<readonly Row[]>;
  /** Most rows that are chosen in one step: of a range those next to its begin. */
  stepMax?: number;
  /** The rows that there are, where all are at hand: others are no longer chosen. */
  present?: readonly Row[];
  /** Which rows the grid is of: when it changes, none is chosen any more. */
  scope?: unknown;
}

interface Held<Row> {
  scope: unknown;
  rows: ReadonlyMap<string, Row>;
  /** The number of the row that a range begins at. */
  anchor: number;
}

/** Which rows are chosen, by key: a row that scrolls away or is drawn anew stays chosen. */
export function useGridSelection<Row>(options: GridSelectionOptions<Row>): GridSelection<Row> {
  const { keyOf, nameOf, rowAt, rowCount, rowsFrom, stepMax = Infinity, present, scope } = options;
  const [held, setHeld] = useState<Held<Row>>({ scope, rows: new Map(), anchor: 0 });
  if (held.scope !== scope) setHeld({ scope, rows: new Map(), anchor: 0 });
  const chosen = useMemo(
    () => (present ? present.filter((row) => held.rows.has(keyOf(row))) : [...held.rows.values()]),
    [present, held, keyOf],
  );
  // Rows that were asked for before the scope changed come too late.
  const change = (next: (known: Held<Row>) => Partial<Held<Row>>) =>
    setHeld((known) => (known.scope === scope ? { ...known, ...next(known) } : known));
  const toggle = (row: Row) => change(({ rows }) => ({ rows: toggleRow(rows, keyOf(row), row) }));
  const choose = (index: number, range: boolean) => {
    const row = rowAt(index);
    if (row === undefined) return;
    if (!range) {
      change(() => ({ anchor: index }));
      return toggle(row);
    }
    const { anchor } = held;
    const count = Math.min(Math.abs(index - anchor) + 1, stepMax);
    const first = index < anchor ? anchor - count + 1 : anchor;
    const loaded = Array.from({ length: count }, (_, i) => rowAt(first + i));
    const isLoaded = loaded.every((one) => one !== undefined);
    void Promise.resolve(isLoaded ? loaded : rowsFrom(first, count)).then((added) =>
      change(({ rows }) => ({ rows: new Map([...rows, ...entriesOf(added, keyOf)]) })),
    );
  };
  const isAll = rowCount > 0 && chosen.length >= rowCount;
  const clear = () => change(() => ({ rows: new Map() }));
  const chooseAll = () => {
    if (isAll || rowCount === 0) return clear();
    void Promise.resolve(rowsFrom(0, Math.min(rowCount, stepMax))).then((rows) =>
      change(() => ({ rows: new Map(entriesOf(rows, keyOf)) })),
    );
  };
  return {
    chosen,
    choose,
    toggle,
    chooseAll,
    clear,
    nameOf,
    isChosen: (row) => held.rows.has(keyOf(row)),
    state: chosen.length === 0 ? 'none' : isAll ? 'all' : 'some',
  };
}

function toggleRow<Row>(
  rows: ReadonlyMap<string, Row>,
  key: string,
  row: Row,
): ReadonlyMap<string, Row> {
  const next = new Map(rows);
  if (!next.delete(key)) next.set(key, row);
  return next;
}

function entriesOf<Row>(rows: readonly Row[], keyOf: (row: Row) => string): [string, Row][] {
  return rows.map((row) => [keyOf(row), row]);
}
