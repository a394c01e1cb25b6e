import { Checkbox, Text } from '@fluentui/react-components';
import type { Allowed } from '../../../src-shared/model/consent.ts';
import { memberMayOrder } from '../../../src-shared/view/describe-consent.ts';

interface AllowChoiceProps {
  allow: Allowed;
  disabled: boolean;
  onChoose: (allow: Allowed) => void;
}

/** Whether the other server may set up a relationship with this one without asking again. */
export function AllowChoice({ allow, disabled, onChoose }: AllowChoiceProps) {
  const allowed = allow === 'relationship';
  return (
    <div>
      <Checkbox
        label="Let the other server set up a relationship with this one"
        checked={allowed}
        disabled={disabled}
        onChange={(_event, { checked }) => onChoose(checked === true ? 'relationship' : 'nothing')}
      />
      <Text block size={200}>
        {allowed ? memberMayOrder : 'Without it, the other server asks, and you accept or refuse.'}
      </Text>
    </div>
  );
}
