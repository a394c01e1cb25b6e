import { Button, Field, makeStyles, Select } from '@fluentui/react-components';
import { titleOfRelationship } from '../../../src-shared/view/relationship-words.ts';
import { oneMore, showRelationship } from '../../base/chosen-relationship.ts';
import { useJob } from '../../base/jobs.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { leave } from '../../base/unsaved.ts';

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: '8px 16px' },
  field: { minWidth: '280px', maxWidth: '520px' },
});

interface RelationshipPickerProps {
  /** Null: the way to one more. */
  shown: string | null;
  onShow: () => void;
}

/** Which of several relationships is shown, and the way to one more, where there can be one. */
export function RelationshipPicker({ shown, onShow }: RelationshipPickerProps) {
  const styles = useStyles();
  const relationships = useNode((node) => node.relationships);
  const create = useJob('relationship.create');
  const isBackup = relationships.every(({ kind }) => kind === 'backup');
  const mayHaveMore = relationships.length > 0 && isBackup;
  const choose = (id: string) =>
    leave(() => {
      showRelationship(id);
      onShow();
    });
  if (relationships.length < 2 && !mayHaveMore) return null;
  return (
    <div className={styles.root}>
      {relationships.length > 1 && (
        <Field label="Relationship" className={styles.field}>
          <Select value={shown ?? ''} onChange={(_event, { value }) => choose(value)}>
            {shown === null && <option value="">One more</option>}
            {relationships.map((relationship) => (
              <option key={relationship.id} value={relationship.id}>
                {titleOfRelationship(relationship)}
              </option>
            ))}
          </Select>
        </Field>
      )}
      {mayHaveMore && shown !== null && (
        <Button onClick={() => choose(oneMore)}>One more relationship …</Button>
      )}
      {shown === null && (
        <Button
          disabledFocusable={create.state.kind === 'running'}
          onClick={() => {
            create.dismiss();
            choose(relationships[0]?.id ?? oneMore);
          }}
        >
          Leave it as it is
        </Button>
      )}
    </div>
  );
}
