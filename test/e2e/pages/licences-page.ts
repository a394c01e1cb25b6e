import type { Locator, Page } from '@playwright/test';

export type LicencePart = 'Holders' | 'Denials' | 'Versions' | 'Details';

export class LicencesPage {
  readonly grid: Locator;
  readonly search: Locator;
  readonly importButton: Locator;
  /** The panel of one licence. */
  readonly panel: Locator;

  constructor(page: Page) {
    this.grid = page.getByRole('grid', { name: 'Licences' });
    this.search = page.getByRole('searchbox', { name: 'Search licences' });
    this.importButton = page.getByRole('button', { name: 'Import licence file …' });
    this.panel = page.getByRole('complementary');
  }

  /** The row of a feature. */
  row(feature: string): Locator {
    return this.grid.getByRole('row').filter({ hasText: feature });
  }

  /** The features in the order of the rows. */
  async features(): Promise<string[]> {
    // All at once: a row may go meanwhile.
    const cells = this.grid.locator('[data-index] [role=gridcell]:nth-child(2)');
    return (await cells.allInnerTexts()).map((text) => text.split('\n')[0] ?? '');
  }

  async open(feature: string, part: LicencePart): Promise<void> {
    await this.row(feature).click();
    await this.panel.getByRole('tab', { name: part }).click();
  }

  async closePanel(): Promise<void> {
    await this.panel.getByRole('button', { name: 'Close' }).click();
    await this.panel.waitFor({ state: 'hidden' });
  }
}
