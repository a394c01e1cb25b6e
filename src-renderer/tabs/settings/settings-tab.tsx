import { Page } from '../../components/layout/page.tsx';
import { TwoColumns } from '../../components/layout/two-columns.tsx';
import { AboutCard } from './about-card.tsx';
import { BackupsCard } from './backups-card.tsx';
import { ClockCard } from './clock-card.tsx';
import { DiscoveryCard } from './discovery-card.tsx';
import { GeneralCard } from './general-card.tsx';
import { HistoryCard } from './history-card.tsx';
import { IdentityCard } from './identity-card.tsx';
import { LicenseFolderCard } from './license-folder-card.tsx';
import { LogsCard } from './logs-card.tsx';
import { NodeSettingsCard } from './node-settings-card.tsx';
import { NotificationsCard } from './notifications-card.tsx';
import { PairedKeysCard } from './paired-keys-card.tsx';
import { VendorsCard } from './vendors-card.tsx';

/** Settings of this account and of the server; what is applied takes effect at once. */
export function SettingsTab() {
  return (
    <Page title="Settings">
      <TwoColumns
        first={
          <>
            <GeneralCard />
            <NodeSettingsCard
              title="Network"
              settings={['name', 'listenHost', 'listenPort', 'clientAddresses']}
            />
            <DiscoveryCard />
            <NodeSettingsCard
              title="Limits"
              settings={['requestsPerSecondMax', 'connectionsMax']}
            />
            <HistoryCard />
            <BackupsCard />
          </>
        }
        second={
          <>
            <IdentityCard />
            <PairedKeysCard />
            <ClockCard />
            <VendorsCard />
            <LicenseFolderCard />
            <NotificationsCard />
            <LogsCard />
            <AboutCard />
          </>
        }
      />
    </Page>
  );
}
