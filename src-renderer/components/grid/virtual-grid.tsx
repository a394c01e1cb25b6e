import { mergeClasses } from '@fluentui/react-components';
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
} from 'react';
import { useWidth } from '../../base/hooks.ts';
import { columnsWithRoom, columnTemplate, gridWidthMin } from './grid-column.ts';
import { GridHeader } from './grid-header.tsx';
import { nextRow } from './grid-keys.ts';
import type { VirtualGridProps } from './grid-props.ts';
import { GridRow } from './grid-row.tsx';
import { gridHeaderHeightPx, useGridStyles } from './grid-styles.ts';
import { selectColumn } from './select-column.tsx';

/** Chromium draws no element that is higher than 2^25 pixels. */
const heightPxMax = 33_000_000;
const overscanRows = 10;

/**
 * A table that draws only the rows that can be seen, and the columns for which there is room. One row is in the tab
 * order; the arrow keys, Page Up and Down, Home and End move it, Enter opens it, the space bar chooses it, with
 * Shift from the one before, Ctrl+A chooses all, Tab goes to its buttons.
 */
export function VirtualGrid<Row, Sort extends string = string>(props: VirtualGridProps<Row, Sort>) {
  const { label, rowHeightPx, sort, onSort, onRange, empty, className, maxHeightPx } = props;
  const { selection } = props;
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
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeightPx]);
  const { topKey } = props;
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [topKey]);
  const range = virtualizer.range;
  const first = range?.startIndex ?? 0;
  const last = range?.endIndex ?? 0;
  useEffect(() => onRange?.(first, last), [onRange, first, last]);

  const focusRow = (index: number): boolean => {
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    row?.focus({ preventScroll: true });
    return row !== undefined && row !== null;
  };
  const move = (event: KeyboardEvent) => {
    if (selection && event.key === 'a' && event.ctrlKey && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      return selection.chooseAll();
    }
    const next = nextRow(event.key, activeIndex, rowCount, last - first - 1);
    if (next === undefined) return;
    event.preventDefault();
    setActive(next);
    const row = props.rowAt(next);
    if (props.browsing && row !== undefined) props.onActivate?.(row, false);
    virtualizer.scrollToIndex(next);
    // A row that is drawn has the focus before the next key comes; another one once it is.
    if (!focusRow(next)) requestAnimationFrame(() => focusRow(next));
  };

  const [measureWidth, widthPx] = useWidth();
  const setScroller = useCallback(
    (element: HTMLDivElement | null) => {
      scroller.current = element;
      return measureWidth(element);
    },
    [measureWidth],
  );
  const all = selection ? [selectColumn<Row, Sort>(selection), ...props.columns] : props.columns;
  const columns = columnsWithRoom(all, widthPx);
  const template: CSSProperties = { gridTemplateColumns: columnTemplate(columns) };
  const width = { minWidth: gridWidthMin(columns) };
  return (
    <div
      ref={setScroller}
      role="grid"
      aria-label={label}
      aria-rowcount={props.rowCount + 1}
      aria-colcount={columns.length}
      aria-multiselectable={selection ? true : undefined}
      className={mergeClasses(styles.root, maxHeightPx !== undefined && styles.fixed, className)}
      data-dense={props.dense ? '' : undefined}
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
              columns={columns}
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
