import { Button, Field, Input, makeStyles, Text } from '@fluentui/react-components';
import { AddRegular } from '../../base/icons.ts';
import { ServerLadder } from './server-ladder.tsx';
import type { Candidate, WizardState } from './wizard-state.ts';

const useStyles = makeStyles({
  field: { maxWidth: '420px' },
  part: { display: 'flex', flexDirection: 'column', gap: '4px' },
  free: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
});

interface PoolServersProps {
  state: WizardState;
  candidates: readonly Candidate[];
  onChange: (part: Partial<WizardState>) => void;
}

/** The name of a pool, its servers in the order in which they come to serve, and those that could join. */
export function PoolServers({ state, candidates, onChange }: PoolServersProps) {
  const styles = useStyles();
  const { pool, name } = state;
  const nameOf = (id: string) => labelOf(candidates.find((candidate) => candidate.id === id));
  const free = candidates.filter(({ id }) => !pool.includes(id));
  return (
    <>
      <Field label="Name of the pool" className={styles.field}>
        <Input value={name} onChange={(_event, { value }) => onChange({ name: value })} />
      </Field>
      <div className={styles.part}>
        <Text weight="semibold">Servers, in the order in which they come to serve</Text>
        <Text size={200}>
          The licences of the first one are protected. Drag a server to its place, or use its
          buttons.
        </Text>
        <ServerLadder
          order={pool}
          nameOf={nameOf}
          onChange={(order) => onChange({ pool: order })}
          onRemove={(id) => onChange({ pool: pool.filter((one) => one !== id) })}
        />
      </div>
      {free.length > 0 && (
        <div className={styles.free} role="group" aria-label="Servers that could join">
          {free.map((candidate) => (
            <Button
              key={candidate.id}
              size="small"
              icon={<AddRegular />}
              onClick={() => onChange({ pool: [...pool, candidate.id] })}
            >
              Add {labelOf(candidate)}
            </Button>
          ))}
        </div>
      )}
    </>
  );
}

function labelOf(candidate: Candidate | undefined): string {
  if (!candidate) return '';
  const { name, here, connected } = candidate;
  return `${name}${here ? ' (this server)' : connected ? '' : ' (not connected)'}`;
}
