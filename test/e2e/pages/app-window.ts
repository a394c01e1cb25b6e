import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import type { Tab } from '../../../src-shared/model/attention.ts';
import type { Understudy } from '../support/understudy.ts';
import { FailoverPage } from './failover-page.ts';
import { ImportDialog } from './import-dialog.ts';
import { LeasesPage } from './leases-page.ts';
import { LicencesPage } from './licences-page.ts';
import { OverviewPage } from './overview-page.ts';
import { ServersPage } from './servers-page.ts';
import { SettingsPage } from './settings-page.ts';
import { TimelinePage } from './timeline-page.ts';
import { UsagePage } from './usage-page.ts';

export const tabNames = [
  'Overview',
  'Licences',
  'Servers',
  'Failover',
  'Leases',
  'Usage',
  'Timeline',
  'Settings',
] as const;
export type TabName = (typeof tabNames)[number];

/** The window, as an admin sees it: its tabs, and what is above them. */
export class AppWindow {
  readonly page: Page;
  readonly overview: OverviewPage;
  readonly licences: LicencesPage;
  readonly servers: ServersPage;
  readonly failover: FailoverPage;
  readonly leases: LeasesPage;
  readonly usage: UsagePage;
  readonly timeline: TimelinePage;
  readonly settings: SettingsPage;
  readonly importDialog: ImportDialog;
  /** What the page complained of on its console. */
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    this.overview = new OverviewPage(page);
    this.licences = new LicencesPage(page);
    this.servers = new ServersPage(page);
    this.failover = new FailoverPage(page);
    this.leases = new LeasesPage(page);
    this.usage = new UsagePage(page);
    this.timeline = new TimelinePage(page);
    this.settings = new SettingsPage(page);
    this.importDialog = new ImportDialog(page);
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** The window of a running application, once it shows a server that serves. */
  static async open(understudy: Understudy): Promise<AppWindow> {
    const window = new AppWindow(await understudy.window());
    await understudy.serving();
    await expect(window.tab('Overview')).toBeVisible();
    return window;
  }

  tab(name: TabName): Locator {
    return this.page
      .getByRole('tablist', { name: 'Parts of the window' })
      .getByRole('tab', { name: new RegExp(`^${name}`) });
  }

  async goTo(name: TabName): Promise<void> {
    await this.tab(name).click();
    await expect(this.heading(name)).toBeVisible();
  }

  heading(name: TabName): Locator {
    return this.page.getByRole('heading', { level: 1, name, exact: true });
  }

  /** Drops a file on the window, as from a folder of the system. */
  async drop(fileName: string, content: string): Promise<void> {
    const dataTransfer = await this.page.evaluateHandle(
      ([name, text]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text ?? ''], name ?? ''));
        return transfer;
      },
      [fileName, content],
    );
    const target = this.page.locator('main');
    await target.dispatchEvent('dragenter', { dataTransfer });
    await expect(this.page.getByText('Drop a licence file or a vendor key file')).toBeVisible();
    await target.dispatchEvent('drop', { dataTransfer });
  }
}

/** Makes the next dialogs for opening a file choose one with this content. */
export async function chooseFile(
  { app, dataDirectory }: Understudy,
  fileName: string,
  content: string,
): Promise<void> {
  const path = join(dataDirectory, fileName);
  await writeFile(path, content);
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] });
  }, path);
}

/** Makes the next dialogs for saving a file choose this one; returns its path. */
export async function chooseTarget(
  { app, dataDirectory }: Understudy,
  fileName: string,
): Promise<string> {
  const path = join(dataDirectory, fileName);
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showSaveDialog = async () => ({ canceled: false, filePath: chosen });
  }, path);
  return path;
}

/** Has the window show a tab, as a notification does that is clicked. */
export async function showTab({ app }: Understudy, tab: Tab): Promise<void> {
  await app.evaluate(({ BrowserWindow }, shown) => {
    const [window] = BrowserWindow.getAllWindows();
    window?.webContents.send('understudy:notify:tab.show', { tab: shown });
  }, tab);
}

export async function readClipboard({ app }: Understudy): Promise<string> {
  return app.evaluate(({ clipboard }) => clipboard.readText());
}
