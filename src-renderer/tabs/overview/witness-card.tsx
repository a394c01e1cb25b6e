import { makeStyles, Text } from '@fluentui/react-components';
import { nameServer, witnessedLedgers } from '../../../src-shared/view/protection.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { LedgerStatus } from '../../../src-shared/model/node-snapshot.ts';
import { Card } from '../../components/layout/card.tsx';
import { Facts } from '../../components/layout/facts.tsx';
import { Moment } from '../../components/marks/moment.tsx';
import { VoteRegular } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({
  row: { display: 'flex', gap: '12px', alignItems: 'flex-start' },
  icon: { fontSize: '24px', flexShrink: 0 },
});

/** For whom this server votes, and what it sees of them; absent when it is no witness. */
export function WitnessCard() {
  const styles = useStyles();
  const node = useNode((known) => known);
  const ledgers = witnessedLedgers(node);
  if (ledgers.length === 0) return null;
  const members = [...new Set(ledgers.flatMap((ledger) => ledger.members))];
  const connected = (id: string) => node.servers.some((row) => row.id === id && row.connected);
  return (
    <Card title="Witness">
      <div className={styles.row}>
        <VoteRegular className={styles.icon} aria-hidden />
        <Text>
          This server has a vote on who serves the licences of others, so that never two of them do.
          It keeps none of their licences and grants no seat of them. While it is not responding,
          the two go on as long as they reach each other.
        </Text>
      </div>
      <Facts
        facts={[
          ...ledgers.map((ledger) => ({
            term: `Licences of ${nameServer(node, primaryOf(ledger))}`,
            value: <ServedLine ledger={ledger} />,
          })),
          ...members.map((id) => ({
            term: nameServer(node, id),
            value: connected(id) ? 'Connected' : 'Not connected',
          })),
        ]}
      />
    </Card>
  );
}

function ServedLine({ ledger: { active, activeSince } }: { ledger: LedgerStatus }) {
  const name = useNode((node) => (active === null ? null : nameServer(node, active)));
  if (name === null) return <>No server is known to serve them</>;
  return (
    <>
      Served by {name}
      {activeSince !== null && (
        <>
          {' '}
          since <Moment brief atMs={Date.parse(activeSince)} />
        </>
      )}
    </>
  );
}
