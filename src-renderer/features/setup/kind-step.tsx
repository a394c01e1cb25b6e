import { Button, Radio, RadioGroup, Text } from '@fluentui/react-components';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { ServerMultipleRegular } from '../../base/icons.ts';
import { type Candidate, findObstacle, type WizardKind, type WizardState } from './wizard-state.ts';

interface KindStepProps {
  state: WizardState;
  candidates: readonly Candidate[];
  onChange: (part: Partial<WizardState>) => void;
}

const kinds: Record<WizardKind, { label: string; about: string[] }> = {
  backup: {
    label: 'Backup: two servers, one takes over for the other',
    about: [
      'The state of the main server, its leases above all, is copied to the backup all the time. ' +
        'When the main fails, the backup serves its licences, and every application keeps its seat. ' +
        'When the main returns, it gets the data back and takes over again.',
      'Only licences whose vendor allows a backup are covered. The number of seats stays that of ' +
        'the main server.',
    ],
  },
  triad: {
    label: 'Triad: three servers, any two of which go on serving',
    about: [
      'The licences of the primary server are kept by all three. One of them serves, and only ' +
        'while it reaches another one, so that no seat is ever given out twice. When it fails, ' +
        'the next one takes over and every application keeps its seat; when the primary returns, ' +
        'it takes over again.',
      'Only licences whose vendor allows a triad are covered. When two of the three are down, ' +
        'nobody serves.',
    ],
  },
  pool: {
    label: 'Pool: two to eleven servers, in the order in which they come to serve',
    about: [
      'The licences of the first server are kept by all. The first in order that runs serves them ' +
        'all; when it fails, the next one takes over and every application keeps its seat; when it ' +
        'returns, it takes over again.',
      'Each licence says whether it needs more than half of the servers (majority rule), or whether ' +
        'any one that is left may serve it. Only licences whose vendor allows a pool are covered.',
    ],
  },
};

/** What each kind of relationship is, and whether there are enough servers for it. */
export function KindStep({ state, candidates, onChange }: KindStepProps) {
  const { show } = useTabNavigation();
  const { kind } = state;
  return (
    <>
      <RadioGroup
        value={kind}
        aria-label="Kind of relationship"
        onChange={(_event, { value }) => {
          const chosen = Object.keys(kinds).find((one) => one === value);
          if (chosen !== undefined) onChange({ kind: chosen as WizardKind });
        }}
      >
        {Object.entries(kinds).map(([value, { label }]) => (
          <Radio key={value} value={value} label={label} />
        ))}
      </RadioGroup>
      {kinds[kind].about.map((text) => (
        <Text key={text}>{text}</Text>
      ))}
      {findObstacle(state, candidates) !== null && (
        <div>
          <Button icon={<ServerMultipleRegular />} onClick={() => show('servers')}>
            Pair with a server …
          </Button>
        </div>
      )}
    </>
  );
}
