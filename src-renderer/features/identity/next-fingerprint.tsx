import { makeStyles, tokens } from '@fluentui/react-components';
import { CopyButton } from '../../components/buttons/copy-button.tsx';
import type { Fact } from '../../components/layout/facts.tsx';
import { groupFingerprint } from '../../base/format.ts';

const useStyles = makeStyles({
  row: { display: 'flex', alignItems: 'flex-start', gap: '8px' },
  mono: {
    minWidth: 0,
    overflowWrap: 'anywhere',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
  },
});

/** From when on this server is another one for others, and the fingerprint that it has then. */
export function nextFingerprintFacts(id: string): Fact[] {
  return [
    { term: 'In use from', value: 'the next start of Understudy' },
    { term: 'Fingerprint then', value: <NextFingerprint id={id} /> },
  ];
}

function NextFingerprint({ id }: { id: string }) {
  const styles = useStyles();
  return (
    <span className={styles.row}>
      <span className={styles.mono}>{groupFingerprint(id)}</span>
      <CopyButton text={id} what="new fingerprint" />
    </span>
  );
}
