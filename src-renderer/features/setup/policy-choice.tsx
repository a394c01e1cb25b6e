import { Button, Field, makeStyles, Radio, RadioGroup, Text } from '@fluentui/react-components';
import { policySchema, type Policy } from '../../../src-shared/model/relationship.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { ServerSelect } from './servers-step.tsx';
import type { Candidate } from './wizard-state.ts';

const useStyles = makeStyles({
  field: { maxWidth: '420px' },
  radio: { alignItems: 'flex-start' },
});

interface PolicyChoiceProps {
  policy: Policy;
  /** Empty: not chosen yet. */
  witness: string;
  /** Servers that could be the witness. */
  witnesses: readonly Candidate[];
  onChange: (change: { policy?: Policy; witness?: string }) => void;
}

/** What the two do when they cannot see each other, in plain words. */
export function PolicyChoice({ policy, witness, witnesses, onChange }: PolicyChoiceProps) {
  const styles = useStyles();
  const { show } = useTabNavigation();
  return (
    <>
      <Field label="When both run, but cannot reach each other">
        <RadioGroup
          value={policy}
          onChange={(_event, { value }) => onChange({ policy: policySchema.parse(value) })}
        >
          <Radio
            className={styles.radio}
            value="available"
            label={
              <>
                <Text weight="semibold">Available: both go on serving.</Text>
                <br />
                <Text>
                  Nobody is turned away. A seat may be given out by both; how many and for how long
                  is measured and shown, and worked off without taking a seat from anybody.
                </Text>
              </>
            }
          />
          <Radio
            className={styles.radio}
            value="strict"
            label={
              <>
                <Text weight="semibold">Strict: only the one that has the witness goes on.</Text>
                <br />
                <Text>
                  No seat is ever given out twice. It takes a third server, the witness, which votes
                  and keeps no licences. The one without its vote stops granting and renewing; with
                  two of the three down, nothing is served.
                </Text>
              </>
            }
          />
        </RadioGroup>
      </Field>
      {policy === 'strict' && (
        <Field
          label="Witness"
          className={styles.field}
          hint="Best on a host that neither of the two depends on."
        >
          <ServerSelect
            value={witness}
            candidates={witnesses}
            onChange={(id) => onChange({ witness: id })}
          />
        </Field>
      )}
      {policy === 'strict' && witnesses.length === 0 && (
        <div>
          <Button onClick={() => show('servers')}>Pair with a third server …</Button>
        </div>
      )}
    </>
  );
}
