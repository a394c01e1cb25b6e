import type { Locator, Page } from '@playwright/test';

export class LeasesPage {
  readonly grid: Locator;
  readonly search: Locator;
  readonly licence: Locator;
  readonly borrowedOnly: Locator;
  readonly count: Locator;
  readonly exportButton: Locator;

  constructor(page: Page) {
    this.grid = page.getByRole('grid', { name: 'Leases' });
    this.search = page.getByRole('searchbox', { name: 'Search leases' });
    this.licence = page.getByRole('combobox', { name: 'Licence' });
    this.borrowedOnly = page.getByRole('switch', { name: 'Borrowed only' });
    this.count = page.getByRole('status').filter({ hasText: /lease|Reading/ });
    this.exportButton = page.getByRole('button', { name: 'Export CSV …' });
  }

  /** The rows that are drawn, without the heading. */
  get rows(): Locator {
    return this.grid.locator('[data-index]');
  }

  /** The row at a position in the list, whether it can be seen or not. */
  rowAt(index: number): Locator {
    return this.grid.locator(`[data-index="${index}"]`);
  }

  heading(name: string): Locator {
    return this.grid.getByRole('columnheader', { name });
  }
}
