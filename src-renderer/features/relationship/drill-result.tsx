import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { DrillReport } from '../../../src-shared/model/relationship.ts';
import { CopyButton } from '../../components/buttons/copy-button.tsx';
import { ReportButtons } from './report-buttons.tsx';
import { Facts } from '../../components/layout/facts.tsx';
import { SeverityIcon } from '../../components/marks/severity-icon.tsx';
import { formatDecimal, formatExact, formatNumber } from '../../base/format.ts';
import { CheckmarkCircleFilled } from '../../base/icons.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import { describeTook } from '../../../src-shared/view/describe-span.ts';
import { nameServer } from '../../../src-shared/view/protection.ts';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: '12px' },
  verdict: { display: 'flex', alignItems: 'center', gap: '8px' },
  passed: { color: tokens.colorStatusSuccessForeground1 },
  list: { margin: 0, paddingLeft: '18px' },
  file: { display: 'flex', alignItems: 'flex-start', gap: '8px', overflowWrap: 'anywhere' },
  ledger: {
    paddingTop: '8px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    display: 'flex',
    flexDirection: 'column',
    gap: '6px',
  },
});

/** The report of a drill. */
export function DrillResult({ report }: { report: DrillReport }) {
  const styles = useStyles();
  const { passed, cancelled, problems, ledgers, startedAt, finishedAt, file } = report;
  const tookMs = Date.parse(finishedAt) - Date.parse(startedAt);
  return (
    <div className={styles.root} role="status">
      <div className={styles.verdict}>
        {passed ? (
          <CheckmarkCircleFilled className={styles.passed} fontSize={24} aria-hidden />
        ) : (
          <SeverityIcon
            severity={cancelled && problems.length === 0 ? 'info' : 'error'}
            size={24}
          />
        )}
        <Text weight="semibold">{describeVerdict(report)}</Text>
      </div>
      {problems.length > 0 && (
        <ul className={styles.list} aria-label="Problems">
          {problems.map(({ code, message }) => (
            <li key={`${code}:${message}`}>{message}</li>
          ))}
        </ul>
      )}
      <Text>
        {formatExact(Date.parse(startedAt))}, in all {describeTook(tookMs, formatDecimal)}.
      </Text>
      {ledgers.map((ledger) => (
        <LedgerResult key={`${ledger.ledger}:${ledger.out?.to.id ?? ''}`} ledger={ledger} />
      ))}
      {file !== null && (
        <>
          <div className={styles.file}>
            <Text size={200}>Report: {file}</Text>
            <CopyButton text={file} what="path" />
          </div>
          <ReportButtons name={file.split(/[\\/]/).at(-1) ?? ''} />
        </>
      )}
    </div>
  );
}

function describeVerdict({ passed, cancelled, problems }: DrillReport): string {
  if (passed) return 'A failover works, and would work again now.';
  if (cancelled && problems.length === 0) {
    return 'Nothing is amiss: every licence is served by its own server.';
  }
  return 'A failover would not have gone as it should.';
}

function LedgerResult({ ledger }: { ledger: DrillReport['ledgers'][number] }) {
  const styles = useStyles();
  const owner = useNode((node) => {
    const known = node.ledgers.find(({ id }) => id === ledger.ledger);
    return known ? nameServer(node, primaryOf(known)) : ledger.ledger;
  });
  const describe = (move: DrillReport['ledgers'][number]['out']) =>
    move
      ? `${move.from.name} to ${move.to.name} in ${describeTook(move.tookMs, formatDecimal)}`
      : 'Did not happen';
  return (
    <div className={styles.ledger}>
      <Text weight="semibold">Licences of {owner}</Text>
      <Facts
        facts={[
          { term: 'Over', value: describe(ledger.out) },
          { term: 'Back', value: describe(ledger.back) },
          {
            term: 'Leases kept',
            value: `${formatNumber(ledger.leasesKept)} of ${formatNumber(ledger.leasesBefore)}`,
          },
        ]}
      />
    </div>
  );
}
