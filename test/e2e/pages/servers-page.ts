import type { Locator, Page } from '@playwright/test';

export class ServersPage {
  readonly grid: Locator;
  readonly invite: Locator;
  readonly pair: Locator;
  /** The open dialog. */
  readonly dialog: Locator;

  constructor(page: Page) {
    this.grid = page.getByRole('grid', { name: 'Servers' });
    this.invite = page.getByRole('button', { name: 'Invite a server …' });
    this.pair = page.getByRole('button', { name: 'Pair with a server …' });
    this.dialog = page.locator('.fui-DialogSurface');
  }

  /** Lets the other server set up a relationship, in the dialog that is open. */
  async allow(): Promise<void> {
    const name = 'Let the other server set up a relationship with this one';
    await this.dialog.getByRole('checkbox', { name }).check();
  }

  row(name: string): Locator {
    return this.grid.getByRole('row').filter({ hasText: name });
  }

  /** What a screen reader is told of the connection to a server. */
  icon(name: string): Locator {
    return this.row(name).getByRole('img');
  }
}
