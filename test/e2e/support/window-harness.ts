import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  _electron as electron,
  expect,
  test as base,
  type ElectronApplication,
  type Page,
} from '@playwright/test';
import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import { deriveSnapshot } from '../../../src-shared/view/derive-snapshot.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { snapshot } from '../../support/renderer-harness/fixture.ts';
import {
  pairNodes,
  pairScenarios,
  type PairScenario,
} from '../../support/renderer-harness/fixture-pair.ts';
import { sandboxSwitches } from '../../support/sandbox.ts';
import { electronBinary } from './understudy.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface HarnessOptions {
  scenario?: 'typical' | 'first-run' | 'starting' | PairScenario;
  /** What takes long goes on until `release`. */
  hold?: boolean;
  theme?: UiSnapshot['desktop']['effectiveTheme'];
  leases?: number;
  /** Of the content, in pixels of the page. */
  width?: number;
  height?: number;
}

export type Harness = (options: HarnessOptions) => Promise<ElectronApplication>;

/** The window alone, with a bridge that answers from a fixture. */
export const test = base.extend<{ harness: Harness }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from it
  harness: async ({}, use) => {
    const ends: (() => Promise<void>)[] = [];
    await use(async (options) => {
      const userData = await mkdtemp(join(tmpdir(), 'us-window-'));
      ends.push(() => rm(userData, { recursive: true, force: true, maxRetries: 5 }));
      const app = await launch(options, userData);
      ends.unshift(() => app.close());
      return app;
    });
    for (const end of ends) await end();
  },
});

export { expect };

function launch(options: HarnessOptions, userData: string): Promise<ElectronApplication> {
  const { scenario = 'typical', theme = 'light', leases = 313 } = options;
  const { width = 1280, height = 800 } = options;
  const query = new URLSearchParams({ scenario, theme, leases: String(leases) });
  if (options.hold) query.set('hold', '1');
  return electron.launch({
    executablePath: electronBinary(),
    cwd: root,
    args: [
      ...sandboxSwitches,
      '--disable-gpu',
      `--user-data-dir=${userData}`,
      `--harness=${query.toString()}`,
      `--harness-size=${width}x${height}`,
      'test/support/renderer-harness/main.ts',
    ],
  });
}

/** Opens the window; resolves when its navigation is there, or what it shows before. */
export async function openHarness(harness: Harness, options: HarnessOptions = {}): Promise<Page> {
  const app = await harness(options);
  const page = await app.firstWindow();
  const tabs = page.getByRole('tablist', { name: 'Parts of the window' });
  if (options.scenario !== 'starting') await expect(tabs).toBeVisible();
  const pair = pairScenarios.find((scenario) => scenario === options.scenario);
  // What the shell would derive.
  if (pair) await showDerived(page, pairNodes[pair]);
  return page;
}

async function showDerived(page: Page, node: NodeSnapshot): Promise<void> {
  const { connection, desktop } = snapshot;
  const shell = { connection, desktop, notices: [], setAside: [] };
  const { attention, trayState } = deriveSnapshot(1, { ...shell, node });
  await changeSnapshot(page, { attention, trayState });
}

interface Sent {
  name: string;
  params: unknown;
}

interface PageGlobal {
  harness: {
    change(next: Partial<UiSnapshot>): void;
    ui(): UiSnapshot;
    requests: Sent[];
    release(): void;
  };
}

/** Tells the window a new snapshot with these parts changed. */
export async function changeSnapshot(page: Page, next: Partial<UiSnapshot>): Promise<void> {
  await page.evaluate((parts) => (globalThis as unknown as PageGlobal).harness.change(parts), next);
}

/** Lets go on what was held back. */
export async function release(page: Page): Promise<void> {
  await page.evaluate(() => (globalThis as unknown as PageGlobal).harness.release());
}

/** The params of the last request of that name; undefined when there was none. */
export async function lastRequest(page: Page, name: string): Promise<unknown> {
  const requests = await page.evaluate(
    () => (globalThis as unknown as PageGlobal).harness.requests,
  );
  return requests.findLast((request) => request.name === name)?.params;
}
