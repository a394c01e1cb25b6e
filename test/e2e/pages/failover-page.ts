import type { Locator, Page } from '@playwright/test';

export type FailoverPart = 'Relationship' | 'Licences covered' | 'Timing' | 'Fail back';

export class FailoverPage {
  readonly wizard: Locator;
  readonly relationship: Locator;
  readonly details: Locator;
  readonly picture: Locator;
  readonly timing: Locator;
  readonly coverage: Locator;
  /** The open dialog. */
  readonly dialog: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    const region = (name: string) => page.getByRole('region', { name, exact: true });
    this.#page = page;
    this.wizard = region('Set up a backup');
    this.relationship = region('Relationship');
    this.details = region('How they protect each other');
    this.picture = page.getByRole('figure');
    this.timing = region('Timing');
    this.coverage = page.getByRole('list', { name: 'Licences covered' });
    this.dialog = page.locator('.fui-DialogSurface');
  }

  async show(part: FailoverPart): Promise<void> {
    await this.#page
      .getByRole('tablist', { name: 'Parts of failover' })
      .getByRole('tab', { name: part })
      .click();
  }

  /** The step that the wizard is at. */
  get step(): Locator {
    return this.wizard.locator('[aria-current=step]');
  }

  async next(): Promise<void> {
    await this.wizard.getByRole('button', { name: 'Next' }).click();
  }
}
