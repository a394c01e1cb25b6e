import { Spinner, Text } from '@fluentui/react-components';
import { problemCodeSchema, problemTitle } from '../../../src-shared/contract/problem.ts';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import type { DenialRecord } from '../../../src-shared/model/usage.ts';
import { Moment } from '../../components/marks/moment.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { formatNumber, formatCount } from '../../base/format.ts';
import { useRequest } from '../../base/hooks.ts';
import { PanelItem, PanelList } from './panel-list.tsx';
import { Holder } from './holder.tsx';

const shownMax = 100;

/** Who was refused a seat of a licence, when and how often. */
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
      <Text>
        {value.denials.length === 0
          ? 'Nobody was refused a seat of this licence.'
          : `${formatCount(license.deniedCount, 'request')} refused for want of a free seat since ` +
            'the server started. The tab Usage tells who got a seat soon after and who did not.'}
      </Text>
      <PanelList label="Denials">
        {value.denials.map((denial) => (
          <PanelItem
            key={denial.sequence}
            first={<Holder user={denial.user} host={denial.host} />}
            second={<DenialFacts denial={denial} />}
            aside={denial.count > 1 ? `${formatNumber(denial.count)} times` : 'once'}
          />
        ))}
      </PanelList>
    </>
  );
}

function DenialFacts({ denial }: { denial: DenialRecord }) {
  const code = problemCodeSchema.safeParse(denial.code);
  const why = code.success ? problemTitle[code.data] : denial.code;
  return (
    <>
      {why}, {formatCount(denial.units, 'seat')} asked, <Moment atMs={denial.firstAtMs} />
      {denial.lastAtMs > denial.firstAtMs && (
        <>
          {' '}
          to <Moment atMs={denial.lastAtMs} />
        </>
      )}
    </>
  );
}
