import type { ReactNode } from 'react';

export interface GridColumn<Row, Sort extends string = string> {
  id: string;
  label: string;
  /** Narrowest width in pixels, and its share of what is left over (0: none). */
  widthMin: number;
  share: number;
  /** Widest width in pixels of a column that has no share. */
  widthMax?: number;
  align?: 'end';
  /**
   * The order in which columns go where there is no room for all: the highest number first. 0, also where it is
   * absent: it stays.
   */
  leaves?: number;
  /** What a click on the heading sorts by; absent: not sortable. */
  sort?: Sort;
  /** Stays at the end when the grid scrolls sideways. */
  pinned?: boolean;
  /** Stands in the heading in the place of the label. */
  heading?: ReactNode;
  /** Hides the heading's text, not its name; for a column of buttons. */
  headingHidden?: boolean;
  render: (row: Row) => ReactNode;
  /** Tooltip of a cell whose text may be cut. */
  title?: (row: Row) => string | undefined;
}

export interface GridSort<Sort extends string = string> {
  by: Sort;
  descending: boolean;
}

type ColumnWidth = Pick<GridColumn<never>, 'widthMin' | 'share' | 'widthMax'>;

export function columnTemplate(columns: readonly ColumnWidth[]): string {
  return columns
    .map(({ widthMin, widthMax = widthMin, share }) =>
      share === 0 ? `minmax(${widthMin}px, ${widthMax}px)` : `minmax(${widthMin}px, ${share}fr)`,
    )
    .join(' ');
}

const gapPx = 12;

/** Width below which the grid scrolls sideways. */
export function gridWidthMin(columns: readonly ColumnWidth[]): number {
  const gaps = (columns.length - 1) * gapPx;
  return columns.reduce((sum, column) => sum + column.widthMin, gaps + 2 * gapPx);
}

/** The columns for which there is room in `widthPx`, at least those that stay; 0: not known yet. */
export function columnsWithRoom<Column extends ColumnWidth & { leaves?: number }>(
  columns: readonly Column[],
  widthPx: number,
): readonly Column[] {
  if (widthPx === 0 || gridWidthMin(columns) <= widthPx) return columns;
  const next = Math.max(...columns.map(({ leaves = 0 }) => leaves));
  if (next === 0) return columns;
  return columnsWithRoom(
    columns.filter(({ leaves }) => leaves !== next),
    widthPx,
  );
}

/** The sort after a click on a heading: the other direction, or another column. */
export function toggleSort<Sort extends string>(
  current: GridSort<Sort>,
  clicked: Sort,
): GridSort<Sort> {
  return { by: clicked, descending: current.by === clicked ? !current.descending : false };
}
