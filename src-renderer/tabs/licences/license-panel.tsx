import {
  Button,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  OverlayDrawer,
  Tab,
  TabList,
  Text,
} from '@fluentui/react-components';
import { useState } from 'react';
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
  drawer: { width: 'min(600px, 100vw)' },
  header: { gap: '8px' },
  summary: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 16px' },
  bar: { flex: '1 1 180px', maxWidth: '280px' },
  tabs: { marginLeft: '-12px', flexWrap: 'wrap' },
  content: { display: 'flex', flexDirection: 'column', gap: '16px', padding: '12px 0 24px' },
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
  /** Absent: the panel is closed. */
  license: LicenseDetail | undefined;
  onClose: () => void;
}

/** One licence: who holds its seats, who was refused, its versions and what the vendor granted. */
export function LicensePanel({ license, onClose }: LicensePanelProps) {
  const styles = useStyles();
  return (
    <OverlayDrawer
      position="end"
      surfaceMotion={null}
      backdropMotion={null}
      className={styles.drawer}
      open={license !== undefined}
      onOpenChange={(_event, data) => !data.open && onClose()}
    >
      {license && <PanelContent key={license.id} license={license} onClose={onClose} />}
    </OverlayDrawer>
  );
}

function PanelContent({ license, onClose }: { license: LicenseDetail; onClose: () => void }) {
  const styles = useStyles();
  const [shown, setShown] = useState<PartName>('holders');
  const { Part } = parts[shown];
  return (
    <>
      <DrawerHeader className={styles.header}>
        <DrawerHeaderTitle
          action={
            <Button
              appearance="subtle"
              aria-label="Close"
              icon={<DismissRegular />}
              onClick={onClose}
            />
          }
        >
          <bdi>{license.feature}</bdi>
        </DrawerHeaderTitle>
        <div className={styles.summary}>
          <Text>
            <bdi>{license.product}</bdi> {license.version}
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
      </DrawerHeader>
      <DrawerBody>
        <div role="tabpanel" aria-label={parts[shown].label} className={styles.content}>
          <Part license={license} />
        </div>
      </DrawerBody>
    </>
  );
}
