import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Subtitle1,
  Tab,
  TabList,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useEffect, useId, useRef, useState } from 'react';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { damageRemedy } from '../../../src-shared/view/damage-remedy.ts';
import { SeatBar } from '../../features/seats/seat-bar.tsx';
import { DismissRegular } from '../../base/icons.ts';
import { DenialList } from './denial-list.tsx';
import { HolderList } from './holder-list.tsx';
import { LicenseDetails } from './license-details.tsx';
import { LicenseStateBadge } from './license-state-badge.tsx';
import { VersionList } from './version-list.tsx';

const useStyles = makeStyles({
  root: {
    flex: '0 0 min(460px, 48%)',
    minWidth: 0,
    // What stands in it out of the flow scrolls with it, and not with the page.
    position: 'relative',
    boxSizing: 'border-box',
    display: 'flex',
    flexDirection: 'column',
    overflowY: 'auto',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    overflowWrap: 'anywhere',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
    // No room for both: it lies over the end of the table.
    '@media (max-width: 1000px)': {
      position: 'absolute',
      top: 0,
      bottom: 0,
      right: 0,
      zIndex: 3,
      width: 'min(460px, 100%)',
      boxShadow: tokens.shadow16,
    },
  },
  header: { display: 'flex', flexDirection: 'column', gap: '8px', padding: '16px 20px 0' },
  heading: { display: 'flex', alignItems: 'flex-start', gap: '8px' },
  title: { flex: 1, minWidth: 0, margin: 0 },
  close: { flexShrink: 0 },
  summary: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 16px' },
  bar: { flex: '1 1 180px', maxWidth: '280px' },
  tabs: { marginLeft: '-12px', flexWrap: 'wrap' },
  content: { display: 'flex', flexDirection: 'column', gap: '16px', padding: '12px 20px 24px' },
});

const parts = {
  holders: { label: 'Holders', Part: HolderList },
  denials: { label: 'Denials', Part: DenialList },
  versions: { label: 'Versions', Part: VersionList },
  details: { label: 'Details', Part: LicenseDetails },
};
type PartName = keyof typeof parts;
const partNames = Object.keys(parts) as PartName[];

interface LicensePanelProps {
  license: LicenseDetail;
  /** The panel takes the focus whenever this changes; null: it does not. */
  focusKey: string | null;
  onClose: () => void;
}

/**
 * One licence beside the table, which stays usable: who holds its seats, who was refused, its versions and what the
 * vendor granted.
 */
export function LicensePanel({ license, focusKey, onClose }: LicensePanelProps) {
  const styles = useStyles();
  const titleId = useId();
  const root = useRef<HTMLElement>(null);
  const [shown, setShown] = useState<PartName>('holders');
  useEffect(() => {
    if (focusKey !== null) root.current?.focus({ preventScroll: true });
  }, [focusKey]);
  const { Part } = parts[shown];
  return (
    <aside ref={root} tabIndex={-1} aria-labelledby={titleId} className={styles.root}>
      <div className={styles.header}>
        <div className={styles.heading}>
          <Subtitle1 as="h2" id={titleId} className={styles.title}>
            <bdi>{license.feature}</bdi>
          </Subtitle1>
          <Button
            className={styles.close}
            appearance="subtle"
            aria-label="Close"
            icon={<DismissRegular />}
            onClick={onClose}
          />
        </div>
        <div className={styles.summary}>
          <Text>
            <bdi>{license.product}</bdi>, version {license.version}
          </Text>
          <LicenseStateBadge license={license} />
          <div className={styles.bar}>
            <SeatBar inUse={license.inUse} units={license.units} label={license.feature} />
          </div>
        </div>
        {license.damage !== undefined && (
          <MessageBar intent="error" layout="multiline">
            <MessageBarBody>
              <MessageBarTitle>Not served by this server.</MessageBarTitle>
              {license.damage} {damageRemedy}
            </MessageBarBody>
          </MessageBar>
        )}
        <TabList
          className={styles.tabs}
          selectedValue={shown}
          aria-label="Parts of the licence"
          onTabSelect={(_event, { value }) =>
            setShown(partNames.find((name) => name === value) ?? 'holders')
          }
        >
          {partNames.map((name) => (
            <Tab key={name} value={name}>
              {parts[name].label}
            </Tab>
          ))}
        </TabList>
      </div>
      <div role="tabpanel" aria-label={parts[shown].label} className={styles.content}>
        <Part key={license.id} license={license} />
      </div>
    </aside>
  );
}
