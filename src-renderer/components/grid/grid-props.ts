import type { ReactNode } from 'react';
import type { GridColumn, GridSort } from './grid-column.ts';
import type { GridSelection } from './grid-selection.ts';

export interface VirtualGridProps<Row, Sort extends string> {
  /** The grid's name for a screen reader. */
  label: string;
  columns: readonly GridColumn<Row, Sort>[];
  rowCount: number;
  rowHeightPx: number;
  /** The grid is as high as its rows, up to this; absent: as high as its parent lets it be. */
  maxHeightPx?: number;
  /** Rows are low: a cell of two lines shows its first only. */
  dense?: boolean;
  /** Rows grow with their text; `rowHeightPx` is then the least height. */
  wrap?: boolean;
  /** The first row is shown whenever this changes. */
  topKey?: unknown;
  /** Undefined while the row is not loaded yet. */
  rowAt: (index: number) => Row | undefined;
  sort?: GridSort<Sort>;
  onSort?: (by: Sort) => void;
  /** A click on a row, or Enter on it; `byKey`: which of the two. */
  onActivate?: (row: Row, byKey: boolean) => void;
  /** A row is open beside the grid: the arrow keys open the row that they go to. */
  browsing?: boolean;
  /** The row that is open beside the grid. */
  isOpen?: (row: Row) => boolean;
  /** Rows can be chosen, for something that is done with all of them. */
  selection?: GridSelection<Row>;
  /** The rows that are drawn, whenever they change. Must be stable. */
  onRange?: (first: number, last: number) => void;
  /** Shown instead of rows when there are none. */
  empty?: ReactNode;
  className?: string;
}
