import type { Locator, Page } from '@playwright/test';

/** What a dropped or chosen file would change, the question, and what came of it. */
export class ImportDialog {
  readonly dialog: Locator;
  readonly changes: Locator;
  readonly refusal: Locator;

  constructor(page: Page) {
    this.dialog = page.getByRole('alertdialog');
    this.changes = this.dialog.getByRole('list', { name: 'Licences in this file' });
    this.refusal = this.dialog.getByText('Refused.').locator('..');
  }

  title(text: string | RegExp): Locator {
    return this.dialog.getByRole('heading', { name: text });
  }

  async press(button: string | RegExp): Promise<void> {
    await this.dialog.getByRole('button', { name: button }).click();
  }
}
