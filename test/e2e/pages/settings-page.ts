import type { Locator, Page } from '@playwright/test';

export class SettingsPage {
  readonly general: Locator;
  readonly network: Locator;
  readonly finding: Locator;
  readonly limits: Locator;
  readonly history: Locator;
  readonly identity: Locator;
  readonly pairedKeys: Locator;
  readonly vendors: Locator;
  readonly notifications: Locator;
  readonly licenseFolder: Locator;
  readonly logs: Locator;
  readonly about: Locator;

  constructor(page: Page) {
    const region = (name: string) => page.getByRole('region', { name, exact: true });
    this.general = region('General');
    this.network = region('Network');
    this.finding = region('Finding servers');
    this.limits = region('Limits');
    this.history = region('Usage and timeline');
    this.identity = region('Identity and data');
    this.pairedKeys = region('Paired keys');
    this.vendors = region('Trusted vendors');
    this.notifications = region('Notifications by the server');
    this.licenseFolder = region('Licence folder');
    this.logs = region('Logs');
    this.about = region('About');
  }

  /** Types a value and applies the card that it is in. */
  async apply(card: Locator, label: string, value: string): Promise<void> {
    await card.getByLabel(label, { exact: true }).fill(value);
    await card.getByRole('button', { name: 'Apply' }).click();
  }
}
