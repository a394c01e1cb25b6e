import { useCallback, useMemo, useRef, useState } from 'react';

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
  /** Every row, for choosing all. */
  allRows: () => readonly Row[] | Promise<readonly Row[]>;
  /** The rows that there are, where all are at hand: others are no longer chosen. */
  present?: readonly Row[];
}

/** Which rows are chosen, by key: a row that scrolls away or is drawn anew stays chosen. */
export function useGridSelection<Row>(options: GridSelectionOptions<Row>): GridSelection<Row> {
  const { keyOf, nameOf, rowAt, rowCount, allRows, present } = options;
  const [held, setHeld] = useState<ReadonlyMap<string, Row>>(new Map());
  const anchor = useRef(0);
  const chosen = useMemo(
    () => (present ? present.filter((row) => held.has(keyOf(row))) : [...held.values()]),
    [present, held, keyOf],
  );
  const toggle = useCallback(
    (row: Row) => setHeld((known) => toggleRow(known, keyOf(row), row)),
    [keyOf],
  );
  const choose = (index: number, range: boolean) => {
    const row = rowAt(index);
    if (row === undefined) return;
    if (!range) {
      anchor.current = index;
      return toggle(row);
    }
    const [first, last] = [Math.min(anchor.current, index), Math.max(anchor.current, index)];
    const rows = Array.from({ length: last - first + 1 }, (_, i) => rowAt(first + i));
    setHeld((known) => new Map([...known, ...entriesOf(rows, keyOf)]));
  };
  const isAll = rowCount > 0 && chosen.length >= rowCount;
  const clear = useCallback(() => setHeld(new Map()), []);
  const chooseAll = () => {
    if (isAll) return clear();
    void Promise.resolve(allRows()).then((rows) => setHeld(new Map(entriesOf(rows, keyOf))));
  };
  return {
    ...{ chosen, choose, toggle, chooseAll, clear, nameOf },
    isChosen: (row) => held.has(keyOf(row)),
    state: chosen.length === 0 ? 'none' : isAll ? 'all' : 'some',
  };
}

function toggleRow<Row>(
  known: ReadonlyMap<string, Row>,
  key: string,
  row: Row,
): ReadonlyMap<string, Row> {
  const next = new Map(known);
  if (!next.delete(key)) next.set(key, row);
  return next;
}

function entriesOf<Row>(
  rows: readonly (Row | undefined)[],
  keyOf: (row: Row) => string,
): [string, Row][] {
  return rows.flatMap((row): [string, Row][] => (row === undefined ? [] : [[keyOf(row), row]]));
}
