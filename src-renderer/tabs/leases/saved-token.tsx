import { Button, Text } from '@fluentui/react-components';
import type { AdminResult } from '../../../src-shared/contract/admin.ts';
import { formatExact } from '../../base/format.ts';
import type { Export } from '../../base/hooks.ts';
import { ArrowDownloadRegular } from '../../base/icons.ts';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';

interface SavedTokenProps {
  granted: AdminResult<'borrow.grant'>;
  wanted: AdminResult<'borrow.read'>['request'];
  save: Export<'export.borrowToken'>;
}

/** What was borrowed for a machine, and the way to its token file. */
export function SavedToken({ granted, wanted, save }: SavedTokenProps) {
  const { host } = wanted.client;
  const { borrowUntil = '' } = granted.lease;
  return (
    <>
      <Text block>
        <bdi>{host}</bdi> {granted.created ? 'has' : 'had already'} a seat of {wanted.feature} until{' '}
        {formatExact(Date.parse(borrowUntil))}. Save the token file and take it there: understudy
        client borrow accept. Should it get lost, choose the same request file again.
      </Text>
      <div>
        <Button
          appearance="primary"
          icon={<ArrowDownloadRegular />}
          disabledFocusable={save.busy}
          onClick={() => void save.run({ content: granted.tokenFile, host })}
        >
          Save token file …
        </Button>
      </div>
      <Text size={200} role="status">
        {save.path !== null && `Written to ${save.path}.`}
      </Text>
      <RefusalBar title="Not saved." refusal={save.refusal} onDismiss={save.dismiss} />
    </>
  );
}
