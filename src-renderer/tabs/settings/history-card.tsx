import { type HistoryUse, megabyte } from '../../../src-shared/model/history-use.ts';
import { formatNumber, formatPercent } from '../../base/format.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { Facts } from '../../components/layout/facts.tsx';
import { NodeSettingsCard } from './node-settings-card.tsx';

/** How much of what happened is kept, and how much there is now. */
export function HistoryCard() {
  const { usage, timeline } = useNode((node) => node.history);
  return (
    <NodeSettingsCard
      title="Usage and timeline"
      settings={[
        'usageKeptDays',
        'usageRecordsMax',
        'usageMegabytesMax',
        'timelineEntriesMax',
        'timelineMegabytesMax',
      ]}
    >
      <Facts
        facts={[
          { term: 'Usage records', value: describeUse(usage) },
          { term: 'Timeline entries', value: describeUse(timeline) },
        ]}
      />
    </NodeSettingsCard>
  );
}

/** Such as `81,204 (4%), 52 MB (3%)`. */
function describeUse({ count, countMax, bytes, bytesMax }: HistoryUse['usage']): string {
  const size = `${formatNumber(Math.ceil(bytes / megabyte))} MB`;
  return (
    `${formatNumber(count)} (${formatPercent(count, countMax)}), ` +
    `${size} (${formatPercent(bytes, bytesMax)})`
  );
}
