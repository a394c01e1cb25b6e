import { Button } from '@fluentui/react-components';
import { EmptyState } from '../../components/layout/empty-state.tsx';
import { ShieldCheckmarkRegular } from '../../base/icons.ts';

interface NoRelationshipProps {
  /** What would be here. */
  text: string;
  showRelationship: () => void;
}

/** In place of what there is only between servers that protect each other. */
export function NoRelationship({ text, showRelationship }: NoRelationshipProps) {
  return (
    <EmptyState
      icon={<ShieldCheckmarkRegular />}
      title="No other server protects this one yet"
      text={text}
    >
      <Button appearance="primary" onClick={showRelationship}>
        Set up a backup
      </Button>
    </EmptyState>
  );
}
