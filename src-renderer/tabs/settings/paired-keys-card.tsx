import { makeStyles, Text, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import { Card } from '../../components/layout/card.tsx';
import { CopyButton } from '../../components/buttons/copy-button.tsx';
import { Moment } from '../../components/marks/moment.tsx';
import { groupFingerprint } from '../../base/format.ts';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: {
    display: 'flex',
    alignItems: 'flex-start',
    gap: '8px',
    padding: '8px 0',
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
  },
  words: { flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column', gap: '2px' },
  key: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    overflowWrap: 'anywhere',
    userSelect: 'text',
  },
});

/** The keys of other servers that are accepted here, to compare with what those servers show of themselves. */
export function PairedKeysCard() {
  const styles = useStyles();
  const servers = useNode((node) => node.servers);
  const paired = useMemo(() => servers.filter((server) => server.paired), [servers]);
  return (
    <Card title="Paired keys">
      <Text>
        {paired.length === 0
          ? 'No other server is paired with this one.'
          : 'This server accepts the keys of these servers. Each shows its own fingerprint in its Settings.'}
      </Text>
      {paired.length > 0 && (
        <ul className={styles.list} aria-label="Paired keys">
          {paired.map(({ id, name, pairedAt }) => (
            <li key={id} className={styles.item}>
              <span className={styles.words}>
                <Text weight="semibold">
                  <bdi>{name}</bdi>
                </Text>
                <span className={styles.key}>{groupFingerprint(id)}</span>
                {pairedAt !== null && (
                  <Text size={200}>
                    Paired since <Moment atMs={Date.parse(pairedAt)} />
                  </Text>
                )}
              </span>
              <CopyButton text={id} what={`fingerprint of ${name}`} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
