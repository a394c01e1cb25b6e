import { Badge, Button, makeStyles, Spinner, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type { DenialRecord } from '../../../src-shared/model/usage.ts';
import { Moment, RelativeTime } from '../../components/marks/moment.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { dayMs } from '../../../src-shared/model/time-units.ts';
import { formatNumber, formatCount } from '../../base/format.ts';
import { useNow, useRequest, useThrottled } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import {
  describeDenialCode,
  describeNextFree,
  outcomeOf,
  outcomeWords,
  summariseDenials,
  describeTogether,
  togetherExplanation,
  type DenialOutcome,
} from './explain-denials.ts';
import { PanelItem, PanelList } from './panel-list.tsx';
import { Holder } from './holder.tsx';

const useStyles = makeStyles({
  seats: {
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    padding: '12px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  holders: { margin: 0, paddingLeft: '18px' },
  aside: { display: 'flex', flexDirection: 'column', alignItems: 'flex-end', gap: '2px' },
});

const shownMax = 100;
const outcomeEveryMs = 30_000;

/** Who was refused a seat of a licence, when and how often, what became of it, and who has the seats. */
export function DenialList({ license }: { license: LicenseDetail }) {
  const { value, refusal } = useRequest(
    'denial.list',
    { license: license.id, limit: shownMax },
    license.deniedCount,
  );
  if (!value) {
    return refusal ? (
      <RefusalBar title="The denials cannot be shown." refusal={refusal} />
    ) : (
      <Spinner size="small" label="Reading …" />
    );
  }
  return (
    <>
      <RefusalBar title="These are not the newest denials." refusal={refusal} />
      {license.inUse > 0 && <SeatsOut license={license} />}
      <Text>{summariseDenials(value.denials, shownMax)}</Text>
      <PanelList label="Denials">
        {value.denials.map((denial) => (
          <PanelItem
            key={denial.sequence}
            first={<Denied denial={denial} />}
            second={<DenialFacts denial={denial} />}
            aside={<Outcome denial={denial} />}
          />
        ))}
      </PanelList>
    </>
  );
}

const longestMax = 3;
const historyDays = 30;
const refreshedEveryMs = 2_000;

/** Who has had a seat for the longest, and when one is likely to come free. */
function SeatsOut({ license }: { license: LicenseDetail }) {
  const styles = useStyles();
  const { show } = useTabNavigation();
  const revision = useLeasesRevision();
  const leases = useRequest('lease.list', { license: license.id, limit: longestMax }, revision);
  if (!leases.value) {
    return <RefusalBar title="The holders cannot be shown." refusal={leases.refusal} />;
  }
  const free = license.units - license.inUse;
  return (
    <div className={styles.seats} role="group" aria-label="Who has the seats">
      <Text weight="semibold">
        {formatCount(license.inUse, 'seat')} of {formatNumber(license.units)} out, the longest:
      </Text>
      <ul className={styles.holders}>
        {leases.value.leases.map(({ id, holder, units, grantedAt }) => (
          <li key={id}>
            <Holder user={holder.user} host={holder.host} />, {formatCount(units, 'seat')}, granted{' '}
            <RelativeTime atMs={Date.parse(grantedAt)} />
          </li>
        ))}
      </ul>
      {free > 0 ? (
        <Text>{formatCount(free, 'seat')} free now.</Text>
      ) : (
        <NextFree license={license} />
      )}
      <div>
        <Button size="small" onClick={() => show('leases', license.id)}>
          Show all holders in Leases
        </Button>
      </div>
    </div>
  );
}

/** When the next seat of a licence is likely to come free, while none is. */
function NextFree({ license }: { license: LicenseDetail }) {
  const revision = useLeasesRevision();
  const [from] = useState(() => new Date(Date.now() - historyDays * dayMs).toISOString());
  const borrowed = useRequest(
    'lease.list',
    { license: license.id, borrowedOnly: true, sort: 'expiresAt', limit: 1 },
    revision,
  );
  const report = useRequest('usage.report', { from });
  if (!borrowed.value) {
    return (
      <RefusalBar title="When a seat comes free cannot be shown." refusal={borrowed.refusal} />
    );
  }
  const borrowUntil = borrowed.value.leases[0]?.borrowUntil;
  return (
    <Text>
      {describeNextFree({
        inUse: license.inUse,
        borrowedUnits: license.borrowedUnits,
        borrowEndMs: borrowUntil === undefined ? null : Date.parse(borrowUntil),
        summary: report.value?.summaries.find((summary) => summary.license === license.id),
      })}
    </Text>
  );
}

function useLeasesRevision(): number {
  return useThrottled(
    useNode((node) => node.leasesRevision),
    refreshedEveryMs,
  );
}

/** Who was refused; of requests recorded together how many. */
function Denied({ denial: { user, host, together } }: { denial: DenialRecord }) {
  if (!together) return <Holder user={user} host={host} />;
  return <span title={togetherExplanation}>{describeTogether(together)}</span>;
}

const outcomeColours = { waited: 'informative', turnedAway: 'warning', open: 'subtle' } as const;

function Outcome({ denial }: { denial: DenialRecord }) {
  const styles = useStyles();
  const nowMs = useNow(outcomeEveryMs);
  const outcome: DenialOutcome = outcomeOf(denial, nowMs);
  const { word, text } = outcomeWords[outcome];
  return (
    <span className={styles.aside}>
      {!denial.together && (
        <Badge appearance="tint" color={outcomeColours[outcome]} title={`${denial.user} ${text}.`}>
          {word}
        </Badge>
      )}
      <Text size={200}>{denial.count > 1 ? `${formatNumber(denial.count)} times` : 'once'}</Text>
    </span>
  );
}

function DenialFacts({ denial }: { denial: DenialRecord }) {
  return (
    <>
      {describeDenialCode(denial.code)}, {formatCount(denial.units, 'seat')} asked,{' '}
      <Moment atMs={denial.firstAtMs} />
      {denial.lastAtMs > denial.firstAtMs && (
        <>
          {' '}
          to <Moment atMs={denial.lastAtMs} />
        </>
      )}
    </>
  );
}
