import { Text } from '@fluentui/react-components';
import { useState } from 'react';
import type { AdminResult } from '../../../src-shared/contract/admin.ts';
import type { IpcRefusal } from '../../../src-shared/contract/ipc.ts';
import { borrowFileBytesMax } from '../../../src-shared/contract/remote-borrow.ts';
import { request } from '../../base/bridge.ts';
import { formatCount, formatExact } from '../../base/format.ts';
import { useAction, useExport } from '../../base/hooks.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { DialogButton } from '../../components/buttons/dialog-button.tsx';
import { ConfirmDialog } from '../../components/forms/confirm-dialog.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { SavedToken } from './saved-token.tsx';

type Asked = AdminResult<'borrow.read'> & { content: string };
type Granted = AdminResult<'borrow.grant'>;

/** The files of machines that reach no server: what they ask for, and what they give back. */
export function BorrowButtons({ onDone }: { onDone: () => void }) {
  const mayBorrow = useNode((node) => node.licenses.some(({ borrow }) => borrow.maxDays > 0));
  const isBorrowed = useNode((node) => node.licenses.some((one) => one.borrowedUnits > 0));
  return (
    <>
      {mayBorrow && <BorrowButton onDone={onDone} />}
      {(mayBorrow || isBorrowed) && <TakeBackButton onDone={onDone} />}
    </>
  );
}

/** What is in a file that the admin chooses; null: none was chosen. */
async function chooseFile(
  purpose: 'borrowRequest' | 'borrowReturn',
): Promise<{ content: string } | null | IpcRefusal> {
  const answer = await request('dialog.openFile', { purpose });
  if (!answer.ok) return answer;
  const { chosen } = answer.value;
  if (chosen === null || chosen.content.length <= borrowFileBytesMax) return chosen;
  const message = `${chosen.fileName} is longer than any file of a machine. Nothing was changed.`;
  return { code: 'BORROW_FILE_WRONG', message };
}

function BorrowButton({ onDone }: { onDone: () => void }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [unread, setUnread] = useState<IpcRefusal | null>(null);
  const [granted, setGranted] = useState<Granted | null>(null);
  const grant = useAction('borrow.grant');
  const save = useExport('export.borrowToken');
  const choose = async () => {
    const chosen = await chooseFile('borrowRequest');
    if (chosen === null) return;
    if ('code' in chosen) return setUnread(chosen);
    const { content } = chosen;
    const answer = await request('borrow.read', { content });
    if (answer.ok) setAsked({ ...answer.value, content });
    else setUnread(answer);
  };
  const close = () => {
    setAsked(null);
    setGranted(null);
    grant.dismiss();
    save.dismiss();
  };
  const confirm = async () => {
    if (!asked) return;
    const answer = await grant.run({ content: asked.content });
    if (!answer) return;
    setGranted(answer);
    onDone();
  };
  const wanted = asked?.request;
  return (
    <>
      <DialogButton onClick={() => void choose()}>Borrow for another machine …</DialogButton>
      <UnreadDialog title="Nothing was borrowed" refusal={unread} onClose={() => setUnread(null)} />
      <ConfirmDialog
        open={asked !== null}
        title={wanted ? `Borrow ${formatCount(wanted.units, 'seat')} of ${wanted.feature}?` : ''}
        resultTitle="Borrowed"
        confirm={wanted?.units === 1 ? 'Borrow seat' : 'Borrow seats'}
        busy={grant.busy}
        refusal={{ title: 'Not borrowed.', refusal: grant.refusal }}
        result={granted && wanted && <SavedToken {...{ granted, wanted, save }} />}
        onConfirm={() => void confirm()}
        onClose={close}
      >
        {wanted && (
          <>
            <Text block>
              <bdi>{wanted.client.user}</bdi> on <bdi>{wanted.client.host}</bdi> asks for it until{' '}
              {formatExact(Date.parse(wanted.borrowUntil ?? ''))}. That machine reaches no server:
              you take the token file there.
            </Text>
            <Text block>
              The seat is taken until then, or until the machine’s return file is taken back.
            </Text>
          </>
        )}
      </ConfirmDialog>
    </>
  );
}

function TakeBackButton({ onDone }: { onDone: () => void }) {
  const [unread, setUnread] = useState<IpcRefusal | null>(null);
  const [result, setResult] = useState<AdminResult<'borrow.takeBack'> | null>(null);
  const choose = async () => {
    const chosen = await chooseFile('borrowReturn');
    if (chosen === null) return;
    if ('code' in chosen) return setUnread(chosen);
    const answer = await request('borrow.takeBack', { content: chosen.content });
    if (!answer.ok) return setUnread(answer);
    setResult(answer.value);
    onDone();
  };
  const close = () => setResult(null);
  return (
    <>
      <DialogButton onClick={() => void choose()}>Take back …</DialogButton>
      <UnreadDialog
        title="Nothing was taken back"
        refusal={unread}
        onClose={() => setUnread(null)}
      />
      <ConfirmDialog
        open={result !== null}
        title="Taken back"
        confirm="Close"
        result={
          <Text block>
            {result?.hadEnded
              ? 'The seat had come back before. Nothing was changed.'
              : 'The seat of this return file is free.'}
          </Text>
        }
        onConfirm={close}
        onClose={close}
      >
        {null}
      </ConfirmDialog>
    </>
  );
}

interface UnreadDialogProps {
  title: string;
  refusal: IpcRefusal | null;
  onClose: () => void;
}

/** Why a file that was chosen is of no use. */
function UnreadDialog({ title, refusal, onClose }: UnreadDialogProps) {
  return (
    <ConfirmDialog
      open={refusal !== null}
      title={title}
      confirm="Close"
      result={<RefusalBar title="" refusal={refusal} />}
      onConfirm={onClose}
      onClose={onClose}
    >
      {null}
    </ConfirmDialog>
  );
}
