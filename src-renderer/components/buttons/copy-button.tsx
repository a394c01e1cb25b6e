import { Button, Tooltip } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import { request } from '../../base/bridge.ts';
import { CheckmarkRegular, CopyRegular, ErrorCircleFilled } from '../../base/icons.ts';

const shownForMs = 2_000;

interface CopyButtonProps {
  text: string;
  /** What is copied, for example “fingerprint”. */
  what: string;
  /** Shows the word beside the icon. */
  labelled?: boolean;
}

/** Copies text to the clipboard and says that it did. */
export function CopyButton({ text, what, labelled = false }: CopyButtonProps) {
  const [result, setResult] = useState<{ ok: boolean; message: string } | null>(null);
  useEffect(() => {
    if (!result) return undefined;
    const timer = setTimeout(() => setResult(null), shownForMs);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = async () => {
    const answer = await request('clipboard.write', { text });
    setResult(answer.ok ? { ok: true, message: 'Copied' } : { ok: false, message: answer.message });
  };
  const label = result?.message ?? `Copy ${what}`;
  const icon = !result ? <CopyRegular /> : result.ok ? <CheckmarkRegular /> : <ErrorCircleFilled />;
  return (
    <Tooltip content={label} relationship={labelled ? 'description' : 'label'}>
      <Button
        appearance={labelled ? 'secondary' : 'subtle'}
        size={labelled ? 'medium' : 'small'}
        icon={icon}
        aria-live="polite"
        onClick={() => void copy()}
      >
        {labelled ? (result ? (result.ok ? 'Copied' : 'Not copied') : 'Copy') : undefined}
      </Button>
    </Tooltip>
  );
}
