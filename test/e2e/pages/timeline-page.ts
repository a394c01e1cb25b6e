import type { Locator, Page } from '@playwright/test';

export class TimelinePage {
  readonly grid: Locator;
  readonly search: Locator;
  readonly severity: Locator;
  readonly server: Locator;
  readonly follow: Locator;
  readonly showNew: Locator;
  readonly copy: Locator;
  readonly count: Locator;

  constructor(page: Page) {
    this.grid = page.getByRole('grid', { name: 'Timeline' });
    this.search = page.getByRole('searchbox', { name: 'Search the timeline' });
    this.severity = page.getByRole('combobox', { name: 'Severity' });
    this.server = page.getByRole('combobox', { name: 'Server' });
    this.follow = page.getByRole('switch', { name: 'Follow' });
    this.showNew = page.getByRole('button', { name: 'Show new entries' });
    this.copy = page.getByRole('button', { name: 'Copy', exact: true });
    this.count = page.getByRole('status').filter({ hasText: /entr(y|ies)/ });
  }

  get rows(): Locator {
    return this.grid.locator('[data-index]');
  }
}
