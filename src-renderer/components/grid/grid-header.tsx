import { mergeClasses } from '@fluentui/react-components';
import type { CSSProperties } from 'react';
import { ArrowSortDownRegular, ArrowSortUpRegular } from '../../base/icons.ts';
import type { GridColumn, GridSort } from './grid-column.ts';
import { useGridStyles } from './grid-styles.ts';

interface GridHeaderProps<Row, Sort extends string> {
  columns: readonly GridColumn<Row, Sort>[];
  template: CSSProperties;
  sort: GridSort<Sort> | undefined;
  onSort: ((by: Sort) => void) | undefined;
}

export function GridHeader<Row, Sort extends string>(props: GridHeaderProps<Row, Sort>) {
  const { columns, template, sort, onSort } = props;
  const styles = useGridStyles();
  return (
    <div role="rowgroup" className={styles.header}>
      <div role="row" aria-rowindex={1} className={styles.cells} style={template}>
        {columns.map((column) => (
          <div
            key={column.id}
            role="columnheader"
            aria-sort={ariaSort(column, sort)}
            className={mergeClasses(
              styles.cell,
              column.align === 'end' && styles.end,
              column.pinned && styles.pinned,
            )}
          >
            <Heading column={column} sort={sort} onSort={onSort} />
          </div>
        ))}
      </div>
    </div>
  );
}

interface HeadingProps<Row, Sort extends string> {
  column: GridColumn<Row, Sort>;
  sort: GridSort<Sort> | undefined;
  onSort: ((by: Sort) => void) | undefined;
}

function Heading<Row, Sort extends string>({ column, sort, onSort }: HeadingProps<Row, Sort>) {
  const styles = useGridStyles();
  const { sort: by } = column;
  if (column.heading !== undefined) return column.heading;
  if (by === undefined || !onSort) {
    return <span className={column.headingHidden ? styles.hidden : undefined}>{column.label}</span>;
  }
  const Arrow = sort?.descending ? ArrowSortDownRegular : ArrowSortUpRegular;
  return (
    <button type="button" className={styles.headingButton} onClick={() => onSort(by)}>
      <span className={styles.cell}>{column.label}</span>
      {sort?.by === by && <Arrow aria-hidden fontSize={14} />}
    </button>
  );
}

function ariaSort<Row, Sort extends string>(
  column: GridColumn<Row, Sort>,
  sort: GridSort<Sort> | undefined,
): 'ascending' | 'descending' | 'none' | undefined {
  if (column.sort === undefined) return undefined;
  if (sort?.by !== column.sort) return 'none';
  return sort.descending ? 'descending' : 'ascending';
}
