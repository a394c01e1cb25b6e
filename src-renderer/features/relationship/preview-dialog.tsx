import {
  Button,
  Checkbox,
  Field,
  makeStyles,
  Select,
  Spinner,
  Text,
} from '@fluentui/react-components';
import { useId, useState } from 'react';
import { ModalDialog } from '../../components/forms/modal-dialog.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useRequest } from '../../base/hooks.ts';
import { useNode, useWholeNode } from '../../base/snapshot-store.ts';
import { PreviewResult } from './preview-result.tsx';

const useStyles = makeStyles({
  select: { maxWidth: '360px' },
  others: { display: 'flex', flexWrap: 'wrap', gap: '0 16px' },
});

/** “If this server stopped now …”: a question that changes nothing. */
export function PreviewDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <ModalDialog
      wide
      open={open}
      title="If a server stopped now"
      onClose={onClose}
      actions={
        <Button appearance="primary" onClick={onClose}>
          Close
        </Button>
      }
    >
      {open && <Question />}
    </ModalDialog>
  );
}

function idsOf(servers: readonly { id: string }[]): string {
  return servers.map(({ id }) => id).join();
}

function Question() {
  const styles = useStyles();
  const relationships = useWholeNode((node) => node.relationships);
  const members = new Map(
    relationships.flatMap((one) => one.members).map(({ id, name }) => [id, name]),
  );
  const active = useNode(
    (node) => node.ledgers.find((ledger) => ledger.members.length > 1)?.active ?? node.server.id,
  );
  const revision = useNode((node) => node.leasesRevision);
  const [chosen, setChosen] = useState<string | null>(null);
  const stop = chosen ?? active;
  const togetherId = useId();
  const [marked, setMarked] = useState<readonly string[]>([]);
  const also = marked.filter((id) => id !== stop);
  const { value, refusal, loading } = useRequest('preview', { stop, also }, revision);
  const isAnswer = value?.stop.id === stop && idsOf(value.also) === also.join();
  const current = isAnswer ? value : null;
  const others = [...members].filter(([id]) => id !== stop);
  return (
    <>
      <Field label="Server that stops" className={styles.select}>
        <Select value={stop} onChange={(_event, data) => setChosen(data.value)}>
          {[...members].map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      {others.length > 1 && (
        <div role="group" aria-labelledby={togetherId}>
          <Text id={togetherId}>At the same moment as</Text>
          <div className={styles.others}>
            {others.map(([id, name]) => (
              <Checkbox
                key={id}
                label={name}
                checked={also.includes(id)}
                onChange={(_event, { checked }) =>
                  setMarked(checked === true ? [...also, id] : also.filter((one) => one !== id))
                }
              />
            ))}
          </div>
        </div>
      )}
      <RefusalBar title="This cannot be said now." refusal={refusal} />
      {current ? (
        <PreviewResult preview={current} />
      ) : (
        loading && <Spinner size="tiny" label="Asking the server …" />
      )}
    </>
  );
}
