import type { Locator, Page } from '@playwright/test';

export class OverviewPage {
  readonly server: Locator;
  readonly firstLicence: Locator;
  readonly attention: Locator;
  readonly seats: Locator;
  readonly readiness: Locator;
  readonly recent: Locator;
  readonly firstClient: Locator;

  constructor(page: Page) {
    const region = (name: string | RegExp) => page.getByRole('region', { name });
    this.server = region('This server');
    this.firstLicence = region('First licence');
    this.attention = region(/^Needs attention/);
    this.seats = region('Seats in use');
    this.readiness = region('Would a failover work now?');
    this.recent = region('Recently');
    this.firstClient = region('Check out a first seat');
  }
}
