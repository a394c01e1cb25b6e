import { mergeClasses, useRestoreFocusTarget } from '@fluentui/react-components';
import type { CSSProperties, KeyboardEvent, MouseEvent } from 'react';
import { useHighContrast } from '../../base/snapshot-store.ts';
import type { VirtualGridProps } from './grid-props.ts';
import { useGridStyles } from './grid-styles.ts';

interface GridRowProps<Row, Sort extends string> extends VirtualGridProps<Row, Sort> {
  index: number;
  top: number;
  template: CSSProperties;
  active: boolean;
  measure: ((element: Element | null) => void) | undefined;
  onFocus: () => void;
}

export function GridRow<Row, Sort extends string>(props: GridRowProps<Row, Sort>) {
  const { columns, rowAt, rowHeightPx, index, top, template, active, measure, selection } = props;
  const styles = useGridStyles();
  const highContrast = useHighContrast();
  const restoreFocus = useRestoreFocusTarget();
  const row = rowAt(index);
  const open = row !== undefined && (props.isOpen?.(row) ?? false);
  const chosen = row !== undefined && (selection?.isChosen(row) ?? false);
  const activates = row !== undefined && props.onActivate !== undefined;
  const activate = (byKey: boolean) => row !== undefined && props.onActivate?.(row, byKey);
  const choose = (event: { shiftKey: boolean }) => selection?.choose(index, event.shiftKey);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const chooses = event.key === ' ' && selection !== undefined;
    if (!chooses && !(activates && (event.key === 'Enter' || event.key === ' '))) return;
    event.preventDefault();
    if (chooses) choose(event);
    else activate(true);
  };
  const onClick = (event: MouseEvent) => {
    // A click with a key held chooses, as in a folder.
    if (selection && (event.ctrlKey || event.shiftKey)) choose(event);
    else activate(false);
  };
  return (
    <div
      ref={measure}
      {...(activates && restoreFocus)}
      role="row"
      data-index={index}
      aria-rowindex={index + 2}
      aria-busy={row === undefined ? true : undefined}
      aria-selected={selection ? chosen : undefined}
      aria-current={open ? true : undefined}
      tabIndex={active ? 0 : -1}
      className={mergeClasses(
        styles.row,
        activates && styles.activatable,
        highContrast ? styles.hoverContrast : styles.hover,
        open && styles.selected,
        (open || chosen) && !highContrast && styles.selectedBackground,
      )}
      style={{
        [props.wrap ? 'minHeight' : 'height']: rowHeightPx,
        transform: `translateY(${top}px)`,
      }}
      onFocus={props.onFocus}
      onClick={activates || selection ? onClick : undefined}
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
