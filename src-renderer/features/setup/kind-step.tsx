import { Button, Radio, RadioGroup, Text } from '@fluentui/react-components';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { ServerMultipleRegular } from '../../base/icons.ts';
import type { Candidate } from './wizard-state.ts';

/** What a backup is, and whether there is a second server for one. */
export function KindStep({ candidates }: { candidates: readonly Candidate[] }) {
  const { show } = useTabNavigation();
  return (
    <>
      <RadioGroup value="backup" aria-label="Kind of relationship">
        <Radio value="backup" label="Backup: two servers, one takes over for the other" />
      </RadioGroup>
      <Text>
        The state of the main server, its leases above all, is copied to the backup all the time.
        When the main fails, the backup serves its licences, and every application keeps its seat.
        When the main returns, it gets the data back and takes over again.
      </Text>
      <Text>
        Only licences whose vendor allows a backup are covered. The number of seats stays that of
        the main server.
      </Text>
      {candidates.length < 2 && (
        <div>
          <Button icon={<ServerMultipleRegular />} onClick={() => show('servers')}>
            Pair with a server …
          </Button>
        </div>
      )}
    </>
  );
}
