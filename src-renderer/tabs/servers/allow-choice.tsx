import { Checkbox, Text } from '@fluentui/react-components';
import type { Allowed } from '../../../src-shared/model/consent.ts';
import { memberMayOrder } from '../../../src-shared/view/describe-consent.ts';

interface AllowChoiceProps {
  allow: Allowed;
  /** The choice cannot be changed now; the focus stays where it is. */
  busy: boolean;
  onChoose: (allow: Allowed) => void;
}

/** Whether the other server may set up a relationship with this one without asking again. */
export function AllowChoice({ allow, busy, onChoose }: AllowChoiceProps) {
  const allowed = allow === 'relationship';
  return (
    <div>
      <Checkbox
        label="Let the other server set up a relationship with this one"
        checked={allowed}
        aria-disabled={busy}
        onChange={(_event, { checked }) => {
          if (!busy) onChoose(checked === true ? 'relationship' : 'nothing');
        }}
      />
      <Text block size={200}>
        {allowed ? memberMayOrder : 'Without it, the other server asks, and you accept or refuse.'}
      </Text>
    </div>
  );
}
