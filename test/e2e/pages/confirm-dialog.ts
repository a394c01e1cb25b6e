import type { Locator, Page } from '@playwright/test';

/** A question before something that cannot be taken back. */
export function confirmDialog(page: Page, title: string | RegExp): Locator {
  return page.getByRole('alertdialog').filter({ has: page.getByRole('heading', { name: title }) });
}
