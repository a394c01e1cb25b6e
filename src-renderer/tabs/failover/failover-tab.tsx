import { makeStyles, Tab, TabList } from '@fluentui/react-components';
import { useState, type ComponentType } from 'react';
import { RelationshipScope } from '../../base/relationship-scope.tsx';
import { leave } from '../../base/unsaved.ts';
import { Page } from '../../components/layout/page.tsx';
import { ConsentRequests } from '../../features/relationship/consent-requests.tsx';
import { CoveredPart } from './covered-part.tsx';
import { FailBackPart } from './fail-back-part.tsx';
import { RelationshipPart } from './relationship-part.tsx';
import { RelationshipPicker } from './relationship-picker.tsx';
import { TimingPart } from './timing-part.tsx';
import { useRelationshipInView } from './relationship-in-view.ts';

const useStyles = makeStyles({
  tabs: { flexWrap: 'wrap', flexShrink: 0, marginLeft: '-12px' },
  panel: { display: 'flex', flexDirection: 'column', gap: '16px', minWidth: 0 },
});

const parts = {
  relationship: { label: 'Relationship', Part: RelationshipPart },
  covered: { label: 'Licences covered', Part: CoveredPart },
  timing: { label: 'Timing', Part: TimingPart },
  failBack: { label: 'Fail back', Part: FailBackPart },
} satisfies Record<
  string,
  { label: string; Part: ComponentType<{ showRelationship: () => void }> }
>;
type PartName = keyof typeof parts;
const partNames = Object.keys(parts) as PartName[];

/** How servers protect each other: setting it up, and everything that can be set. */
export function FailoverTab() {
  const styles = useStyles();
  const [shown, setShown] = useState<PartName>('relationship');
  const { label, Part } = parts[shown];
  const id = useRelationshipInView();
  const part = <Part showRelationship={() => setShown('relationship')} />;
  return (
    <Page title="Failover">
      <ConsentRequests />
      <RelationshipPicker shown={id} onShow={() => setShown('relationship')} />
      <TabList
        className={styles.tabs}
        selectedValue={shown}
        aria-label="Parts of failover"
        onTabSelect={(_event, { value }) =>
          leave(() => setShown(partNames.find((name) => name === value) ?? 'relationship'))
        }
      >
        {partNames.map((name) => (
          <Tab key={name} value={name}>
            {parts[name].label}
          </Tab>
        ))}
      </TabList>
      <div role="tabpanel" aria-label={label} className={styles.panel}>
        {id === null ? (
          part
        ) : (
          <RelationshipScope key={id} id={id}>
            {part}
          </RelationshipScope>
        )}
      </div>
    </Page>
  );
}
