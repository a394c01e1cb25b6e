import type { Locator, Page } from '@playwright/test';

export class UsagePage {
  readonly range: Locator;
  readonly firstDay: Locator;
  readonly lastDay: Locator;
  readonly chart: Locator;
  readonly byLicence: Locator;
  readonly byHolder: Locator;
  readonly exportButton: Locator;
  /** The values under the pointer. */
  readonly reading: Locator;

  constructor(page: Page) {
    this.range = page.getByRole('combobox', { name: 'Time range' });
    this.firstDay = page.getByLabel('First day');
    this.lastDay = page.getByLabel('Last day');
    this.chart = page.getByRole('img', { name: /in use over time/ });
    this.byLicence = page.getByRole('grid', { name: 'Usage by licence' });
    this.byHolder = page.getByRole('grid', { name: 'Usage by user and host' });
    this.exportButton = page.getByRole('button', { name: 'Export CSV …' });
    this.reading = page.getByRole('status').filter({ hasText: 'average' });
  }

  /** The cell of a licence in a column, by the heading's words. */
  async cell(feature: string, heading: string): Promise<string> {
    const headings = await this.byLicence.getByRole('columnheader').allInnerTexts();
    const row = this.byLicence.locator('[data-index]').filter({ hasText: feature });
    return row.getByRole('gridcell').nth(headings.indexOf(heading)).innerText();
  }
}
