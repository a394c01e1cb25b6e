import { makeStyles, tokens } from '@fluentui/react-components';
import { CopyButton } from '../buttons/copy-button.tsx';

const useStyles = makeStyles({
  root: {
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    padding: '4px 4px 4px 12px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground3,
    minWidth: 0,
    textAlign: 'left',
  },
  text: {
    flex: 1,
    minWidth: 0,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase300,
    overflowWrap: 'anywhere',
    userSelect: 'text',
  },
});

/** A command to type, with a button that copies it. */
export function CommandLine({ command }: { command: string }) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <code className={styles.text}>{command}</code>
      <CopyButton text={command} what="command" />
    </div>
  );
}
