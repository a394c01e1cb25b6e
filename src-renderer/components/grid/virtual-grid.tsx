import { mergeClasses, useRestoreFocusTarget } from '@fluentui/react-components';
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
} from 'react';
import { useHighContrast } from '../../base/snapshot-store.ts';
import { columnTemplate, gridWidthMin, type GridColumn, type GridSort } from './grid-column.ts';
import { GridHeader } from './grid-header.tsx';
import { nextRow } from './grid-keys.ts';
import { gridHeaderHeightPx, useGridStyles } from './grid-styles.ts';

/** Chromium draws no element that is higher than 2^25 pixels. */
const heightPxMax = 33_000_000;
const overscanRows = 10;

interface VirtualGridProps<Row, Sort extends string> {
  /** The grid's name for a screen reader. */
  label: string;
  columns: readonly GridColumn<Row, Sort>[];
  rowCount: number;
  rowHeightPx: number;
  /** The grid is as high as its rows, up to this; absent: as high as its parent lets it be. */
  maxHeightPx?: number;
  /** Rows grow with their text; `rowHeightPx` is then the least height. */
  wrap?: boolean;
  /** The first row is shown whenever this changes. */
  topKey?: unknown;
  /** Undefined while the row is not loaded yet. */
  rowAt: (index: number) => Row | undefined;
  sort?: GridSort<Sort>;
  onSort?: (by: Sort) => void;
  /** A click on a row, or Enter on it. */
  onActivate?: (row: Row) => void;
  isSelected?: (row: Row) => boolean;
  /** The rows that are drawn, whenever they change. Must be stable. */
  onRange?: (first: number, last: number) => void;
  /** Shown instead of rows when there are none. */
  empty?: ReactNode;
  className?: string;
}

/**
 * A table that draws only the rows that can be seen. One row is in the tab order; the arrow keys,
 * Page Up and Down, Home and End move it, Enter opens it, Tab goes to its buttons.
 */
export function VirtualGrid<Row, Sort extends string = string>(props: VirtualGridProps<Row, Sort>) {
  const { label, columns, rowHeightPx, sort, onSort, onRange, empty, className, maxHeightPx } =
    props;
  const styles = useGridStyles();
  const rowCount = Math.min(props.rowCount, Math.floor(heightPxMax / rowHeightPx));
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const activeIndex = Math.min(active, Math.max(0, rowCount - 1));
  const rangeExtractor = useCallback(
    (range: Range) => {
      const drawn = defaultRangeExtractor(range);
      return drawn.includes(activeIndex) || activeIndex >= range.count
        ? drawn
        : [...drawn, activeIndex];
    },
    [activeIndex],
  );
  const virtualizer = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan: overscanRows,
    rangeExtractor,
    scrollMargin: gridHeaderHeightPx,
    scrollPaddingStart: gridHeaderHeightPx,
  });
  const { topKey } = props;
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [topKey]);
  const range = virtualizer.range;
  const first = range?.startIndex ?? 0;
  const last = range?.endIndex ?? 0;
  useEffect(() => onRange?.(first, last), [onRange, first, last]);

  const move = (event: KeyboardEvent) => {
    const next = nextRow(event.key, activeIndex, rowCount, last - first - 1);
    if (next === undefined) return;
    event.preventDefault();
    setActive(next);
    virtualizer.scrollToIndex(next);
    requestAnimationFrame(() => {
      const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`);
      row?.focus({ preventScroll: true });
    });
  };

  const template: CSSProperties = { gridTemplateColumns: columnTemplate(columns) };
  const width = { minWidth: gridWidthMin(columns) };
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={props.rowCount + 1}
      aria-colcount={columns.length}
      className={mergeClasses(styles.root, maxHeightPx !== undefined && styles.fixed, className)}
      style={{ maxHeight: maxHeightPx }}
    >
      <div style={width}>
        <GridHeader columns={columns} template={template} sort={sort} onSort={onSort} />
        <div
          role="rowgroup"
          className={styles.body}
          style={{ height: virtualizer.getTotalSize() }}
          onKeyDown={move}
        >
          {virtualizer.getVirtualItems().map((item) => (
            <GridRow
              {...props}
              key={item.key}
              index={item.index}
              top={item.start - gridHeaderHeightPx}
              template={template}
              active={item.index === activeIndex}
              measure={props.wrap ? virtualizer.measureElement : undefined}
              onFocus={() => setActive(item.index)}
            />
          ))}
        </div>
      </div>
      {rowCount === 0 && empty}
    </div>
  );
}

interface GridRowProps<Row, Sort extends string> extends VirtualGridProps<Row, Sort> {
  index: number;
  top: number;
  template: CSSProperties;
  active: boolean;
  measure: ((element: Element | null) => void) | undefined;
  onFocus: () => void;
}

function GridRow<Row, Sort extends string>(props: GridRowProps<Row, Sort>) {
  const { columns, rowAt, rowHeightPx, index, top, template, active, measure, onActivate } = props;
  const styles = useGridStyles();
  const highContrast = useHighContrast();
  const restoreFocus = useRestoreFocusTarget();
  const row = rowAt(index);
  const selected = row !== undefined && (props.isSelected?.(row) ?? false);
  const activate = row !== undefined && onActivate ? () => onActivate(row) : undefined;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || !activate) return;
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    activate();
  };
  return (
    <div
      ref={measure}
      {...(activate && restoreFocus)}
      role="row"
      data-index={index}
      aria-rowindex={index + 2}
      aria-busy={row === undefined ? true : undefined}
      aria-selected={props.isSelected ? selected : undefined}
      tabIndex={active ? 0 : -1}
      className={mergeClasses(
        styles.row,
        activate && styles.activatable,
        highContrast ? styles.hoverContrast : styles.hover,
        selected && styles.selected,
        selected && !highContrast && styles.selectedBackground,
      )}
      style={{
        [props.wrap ? 'minHeight' : 'height']: rowHeightPx,
        transform: `translateY(${top}px)`,
      }}
      onFocus={props.onFocus}
      onClick={activate}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" className={styles.cells} style={template}>
        {columns.map((column) => (
          <div
            key={column.id}
            role="gridcell"
            title={row && column.title?.(row)}
            className={mergeClasses(
              styles.cell,
              props.wrap && styles.wrap,
              column.align === 'end' && styles.end,
              column.pinned && styles.pinned,
            )}
          >
            {row ? column.render(row) : <div className={styles.placeholder} />}
          </div>
        ))}
      </div>
    </div>
  );
}
