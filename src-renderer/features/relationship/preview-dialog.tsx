import { Button, Field, makeStyles, Select, Spinner } from '@fluentui/react-components';
import { useState } from 'react';
import { ModalDialog } from '../../components/forms/modal-dialog.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { useRequest } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { PreviewResult } from './preview-result.tsx';

const useStyles = makeStyles({ select: { maxWidth: '360px' } });

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

function Question() {
  const styles = useStyles();
  const members = useNode((node) => node.relationship?.members);
  const active = useNode(
    (node) => node.ledgers.find((ledger) => ledger.members.length > 1)?.active ?? node.server.id,
  );
  const revision = useNode((node) => node.leasesRevision);
  const [chosen, setChosen] = useState<string | null>(null);
  const stop = chosen ?? active;
  const { value, refusal, loading } = useRequest('preview', { stop }, revision);
  const current = value?.stop.id === stop ? value : null;
  return (
    <>
      <Field label="Server that stops" className={styles.select}>
        <Select value={stop} onChange={(_event, data) => setChosen(data.value)}>
          {(members ?? []).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <RefusalBar title="This cannot be said now." refusal={refusal} />
      {current ? (
        <PreviewResult preview={current} />
      ) : (
        loading && <Spinner size="tiny" label="Asking the server …" />
      )}
    </>
  );
}
