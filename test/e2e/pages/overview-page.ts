import type { Locator, Page } from '@playwright/test';

export class OverviewPage {
  readonly server: Locator;
  readonly firstLicence: Locator;
  readonly attention: Locator;
  readonly seats: Locator;
  readonly readiness: Locator;
  /** The servers that protect each other, and what can be done with them. */
  readonly relationship: Locator;
  readonly picture: Locator;
  /** The open dialog. */
  readonly dialog: Locator;
  readonly recent: Locator;
  readonly firstClient: Locator;

  constructor(page: Page) {
    const region = (name: string | RegExp) => page.getByRole('region', { name });
    this.server = region('This server');
    this.firstLicence = region('First licence');
    this.attention = region(/^Needs attention/);
    this.seats = region('Seats in use');
    this.readiness = page.getByRole('group', { name: 'Readiness' });
    this.relationship = region('Servers that protect each other');
    this.picture = page.getByRole('figure');
    this.dialog = page.locator('.fui-DialogSurface');
    this.recent = region('Recently');
    this.firstClient = region('Check out a first seat');
  }
}
