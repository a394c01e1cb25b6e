import { makeStyles, tokens } from '@fluentui/react-components';

export const gridHeaderHeightPx = 36;

/** Height of a grid that shows so many rows, with room for a bar to scroll sideways. */
export function gridHeightPx(rows: number, rowHeightPx: number): number {
  const bordersPx = 2;
  const scrollbarPx = 17;
  return gridHeaderHeightPx + Math.max(1, rows) * rowHeightPx + bordersPx + scrollbarPx;
}

export const useGridStyles = makeStyles({
  root: {
    position: 'relative',
    overflow: 'auto',
    flex: '1 1 0',
    minHeight: '140px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  header: {
    position: 'sticky',
    top: 0,
    zIndex: 2,
    height: `${gridHeaderHeightPx}px`,
    boxSizing: 'border-box',
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    color: tokens.colorNeutralForeground2,
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase200,
  },
  fixed: { flex: 'none', minHeight: 0 },
  body: { position: 'relative' },
  cells: {
    display: 'grid',
    alignItems: 'center',
    columnGap: '12px',
    padding: '0 12px',
    boxSizing: 'border-box',
    height: '100%',
    backgroundColor: 'inherit',
  },
  row: {
    position: 'absolute',
    top: 0,
    left: 0,
    right: 0,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    boxSizing: 'border-box',
    backgroundColor: tokens.colorNeutralBackground1,
    ':focus-visible': {
      outline: `2px solid ${tokens.colorStrokeFocus2}`,
      outlineOffset: '-2px',
    },
    '@media (forced-colors: active)': {
      ':focus-visible': { outline: '2px solid Highlight' },
    },
  },
  hover: { ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover } },
  // A highlighted background would need every colour in the row changed.
  hoverContrast: {
    ':hover:not(:focus-visible)': {
      outline: `1px dashed ${tokens.colorNeutralForeground1}`,
      outlineOffset: '-2px',
    },
  },
  activatable: { cursor: 'pointer' },
  selected: {
    '::before': {
      content: '""',
      position: 'absolute',
      top: 0,
      bottom: 0,
      left: 0,
      width: '3px',
      zIndex: 1,
      backgroundColor: tokens.colorCompoundBrandStroke,
      '@media (forced-colors: active)': { backgroundColor: 'Highlight' },
    },
  },
  selectedBackground: { backgroundColor: tokens.colorNeutralBackground1Selected },
  cell: {
    minWidth: 0,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    // A name in another direction of writing leaves its neighbours where they are.
    unicodeBidi: 'isolate',
  },
  wrap: { whiteSpace: 'normal', overflowWrap: 'anywhere', padding: '8px 0', alignSelf: 'start' },
  end: { textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
  pinned: {
    position: 'sticky',
    right: 0,
    padding: '0 12px',
    margin: '0 -12px',
    alignSelf: 'stretch',
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'end',
    backgroundColor: 'inherit',
  },
  headingButton: {
    display: 'inline-flex',
    padding: 0,
    border: 'none',
    background: 'none',
    color: 'inherit',
    font: 'inherit',
    alignItems: 'center',
    gap: '4px',
    maxWidth: '100%',
    cursor: 'pointer',
    borderRadius: tokens.borderRadiusSmall,
    ':hover': { color: tokens.colorNeutralForeground1 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  hidden: {
    position: 'absolute',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
  },
  placeholder: {
    height: '10px',
    width: '60%',
    borderRadius: tokens.borderRadiusSmall,
    backgroundColor: tokens.colorNeutralBackground5,
  },
});
