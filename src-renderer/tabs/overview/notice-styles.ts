import { makeStyles, tokens } from '@fluentui/react-components';

/** A notice, or a group of them: a button as wide as the card, and what else can be done beside it. */
export const useNoticeStyles = makeStyles({
  row: { display: 'flex', alignItems: 'center', gap: '4px', minWidth: 0 },
  entry: {
    flex: 1,
    minWidth: 0,
    display: 'flex',
    alignItems: 'center',
    gap: '12px',
    padding: '8px 12px',
    boxSizing: 'border-box',
    textAlign: 'left',
    font: 'inherit',
    color: 'inherit',
    cursor: 'pointer',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    overflowWrap: 'anywhere',
    ':hover': { border: `1px solid ${tokens.colorNeutralStroke1Hover}` },
    ':focus-visible': {
      outline: `2px solid ${tokens.colorStrokeFocus2}`,
      outlineOffset: '-2px',
    },
  },
});
