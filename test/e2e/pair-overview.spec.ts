import type { PairScenario } from '../support/renderer-harness/fixture-pair.ts';
import { pairNodes } from '../support/renderer-harness/fixture-pair.ts';
import { AppWindow } from './pages/app-window.ts';
import {
  changeSnapshot,
  expect,
  lastRequest,
  openHarness,
  release,
  test,
} from './support/window-harness.ts';

/** What the picture says in each state, and whether a failover would work. */
const states: [PairScenario, RegExp, readonly (string | RegExp)[], string][] = [
  [
    'pair',
    /^Main SRV-LIC-01: serving; Backup SRV-LIC-02: ready to take over; the two are connected, synchronised$/,
    [
      'Serves 6 licences of its own, 326 seats in use',
      'Keeps 5 licences of SRV-LIC-01, up to date',
    ],
    'A failover would work now.',
  ],
  [
    'failover',
    /^Main SRV-LIC-01: not connected; Backup SRV-LIC-02: serving as failover server; /,
    [
      'SRV-LIC-02 serves 5 of its 6 licences, and 1 is not served; SRV-LIC-01 lacks their newest state',
      'Serves 5 licences of SRV-LIC-01, 325 seats in use',
    ],
    'No standby is left: SRV-LIC-01 is down or cannot be reached.',
  ],
  [
    'unsynchronised',
    /Backup SRV-LIC-02: not synchronised; the two are connected, not synchronised$/,
    ['Lacks the newest state of the licences of SRV-LIC-01'],
    'No standby is left: SRV-LIC-02 does not have everything of the licences of SRV-LIC-01 yet.',
  ],
  [
    'clocks-apart',
    /Backup SRV-LIC-02: not synchronised; the two are connected, not synchronised$/,
    ['Lacks the newest state of the licences of SRV-LIC-01'],
    'The clock of SRV-LIC-02 is 2 hours ahead of that of SRV-LIC-01: the two do not synchronise until the wrong one is set right.',
  ],
  [
    'strict',
    /Witness SRV-DC-03: votes; the two are connected, synchronised$/,
    ['Votes on who serves; keeps no licences'],
    'A failover would work now.',
  ],
  [
    'forming',
    /Backup SRV-LIC-02: not synchronised/,
    [/Being set up\.\s*SRV-LIC-02 is copying the licences of SRV-LIC-01/],
    'A failover would not work now.',
  ],
  [
    'mutual',
    /^Main SRV-LIC-01: serving; Backup SRV-LIC-02: serving; /,
    ['Serves 6 licences of its own, 326 seats in use', 'up to date'],
    'A failover would work now.',
  ],
];

for (const [scenario, name, texts, readiness] of states) {
  test(`draws the pair: ${scenario}`, async ({ harness }) => {
    const page = await openHarness(harness, { scenario });
    const { overview, complaints } = new AppWindow(page);
    await expect(overview.picture).toHaveAccessibleName(name);
    for (const text of texts) await expect(overview.relationship).toContainText(text);
    await expect(overview.readiness).toContainText(readiness);
    expect(complaints).toEqual([]);
  });
}

test('a failover is what the window says first, wherever one looks', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'failover' });
  const window = new AppWindow(page);
  const { overview, licences } = window;
  await expect(overview.server).toContainText('Serving as failover server');
  await expect(overview.server).toContainText('In place of SRV-LIC-01: 5 licences');
  const notice = overview.attention.getByRole('button', { name: /SRV-LIC-01 stopped responding/ });
  await expect(notice).toContainText('SRV-LIC-02 is serving 5 licences, 325 seats kept.');
  await expect(page.getByRole('navigation')).toContainText('Failover');
  await window.goTo('Licences');
  await expect(licences.row('modeler')).toContainText(/This server\s*failover since \d/);
  await expect(licences.row('demo-editor')).toContainText(/Not served\s*waits for SRV-LIC-01/);
  await expect(licences.row('demo-editor')).toContainText('Its vendor does not allow redundancy.');
  await licences.grid.getByRole('columnheader', { name: 'Served by' }).getByRole('button').click();
  await expect.poll(async () => (await licences.features()).at(-1)).toBe('demo-editor');
  await licences.open('modeler', 'Details');
  await expect(licences.panel).toContainText('Licence of');
  await expect(licences.panel).toContainText(/failover since \d/);
});

test('switches over: says what it will do, shows that it does, and what it did', async ({
  harness,
}) => {
  const page = await openHarness(harness, { scenario: 'pair', hold: true });
  const { overview } = new AppWindow(page);
  const button = overview.relationship.getByRole('button', { name: 'Switch over to SRV-LIC-02 …' });
  await button.click();
  await expect(overview.dialog).toContainText(
    'SRV-LIC-02 takes over 5 licences with 325 seats in use.',
  );
  expect(await lastRequest(page, 'switchover')).toBeUndefined();
  await overview.dialog.getByRole('button', { name: 'Switch over', exact: true }).click();
  await expect(overview.dialog).toContainText('Switching over …');
  await page.keyboard.press('Escape');
  await expect(overview.dialog).toBeVisible();
  await release(page);
  await expect(overview.dialog).toContainText(
    'SRV-LIC-02 took over 5 licences with 325 seats in use from SRV-LIC-01 in 43 ms.',
  );
  const { ledgers, relationship } = pairNodes.pair;
  expect(await lastRequest(page, 'switchover')).toEqual({
    to: ledgers[0]?.members[1],
    relationship: relationship?.id,
  });
  await expect(overview.dialog.getByRole('button', { name: 'Close' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(overview.dialog).toBeHidden();
  await expect(overview.picture).toHaveAccessibleName(/SRV-LIC-02: serving as failover server/);
});

test('a failback that is refused says why, and can be tried again', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'returned' });
  const { overview } = new AppWindow(page);
  await overview.relationship.getByRole('button', { name: 'Fail back to SRV-LIC-01 …' }).click();
  await overview.dialog.getByRole('button', { name: 'Fail back', exact: true }).click();
  await expect(overview.dialog).toContainText('Not done. SRV-LIC-01 has not all data yet');
  await overview.dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(overview.dialog).toBeHidden();
});

test('what cannot be done now says why', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'failover' });
  const { overview } = new AppWindow(page);
  const back = overview.relationship.getByRole('button', { name: 'Fail back to SRV-LIC-01 …' });
  await expect(back).toHaveAttribute('aria-disabled', 'true');
  await back.hover();
  await expect(page.getByRole('tooltip')).toHaveText('SRV-LIC-01 is down or cannot be reached.');
  await back.click({ force: true });
  await expect(overview.dialog).toBeHidden();
});

test('a drill can be left alone, and its report is there afterwards', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'pair', hold: true });
  const { overview } = new AppWindow(page);
  const button = overview.relationship.getByRole('button', { name: 'Drill …' });
  await button.click();
  await overview.dialog.getByRole('button', { name: 'Start the drill' }).click();
  await overview.dialog.getByRole('button', { name: 'Hide' }).click();
  await expect(overview.dialog).toBeHidden();
  await release(page);
  await expect(overview.dialog.getByRole('heading', { name: 'Drill passed' })).toBeVisible();
  await expect(overview.dialog).toContainText('SRV-LIC-01 to SRV-LIC-02 in 43 ms');
  await expect(overview.dialog).toContainText('325 of 325');
  await overview.dialog.getByRole('button', { name: 'Close' }).click();
  await button.click();
  await expect(overview.dialog.getByRole('button', { name: 'Start the drill' })).toBeVisible();
});

test('a drill that ends while another tab is shown is told on the way back', async ({
  harness,
}) => {
  const page = await openHarness(harness, { scenario: 'pair', hold: true });
  const window = new AppWindow(page);
  const { overview } = window;
  await overview.relationship.getByRole('button', { name: 'Drill …' }).click();
  await overview.dialog.getByRole('button', { name: 'Start the drill' }).click();
  await overview.dialog.getByRole('button', { name: 'Hide' }).click();
  await window.goTo('Usage');
  await release(page);
  // The dialog may be there before the heading of the tab was seen, which it hides.
  await window.tab('Overview').click();
  await expect(overview.dialog.getByRole('heading', { name: 'Drill passed' })).toBeVisible();
});

test('a witness says what it is and what it sees', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'witness' });
  const { overview } = new AppWindow(page);
  await expect(overview.server.getByRole('heading', { name: 'Witness' })).toBeVisible();
  await expect(overview.server).toContainText(
    'This server votes on which of SRV-LIC-01 and SRV-LIC-02 serves, and has no licence of its own.',
  );
  const witness = page.getByRole('region', { name: 'Witness', exact: true });
  await expect(witness).toContainText(/Licences of SRV-LIC-01\s*Served by SRV-LIC-01 since/);
  await expect(witness).toContainText(/SRV-LIC-02\s*Not connected/);
  await expect(overview.firstLicence).toHaveCount(0);
  await page.screenshot({ path: 'test-results/screenshots/witness.png' });
});

test('the preview says who would serve, what would stop and who would be denied', async ({
  harness,
}) => {
  const page = await openHarness(harness, { scenario: 'pair' });
  const { overview } = new AppWindow(page);
  await overview.relationship.getByRole('button', { name: 'Preview …' }).click();
  await expect(overview.dialog).toContainText('SRV-LIC-02 serves 5 licences, 325 seats kept');
  await expect(overview.dialog).toContainText('1 licence stops');
  await expect(overview.dialog).toContainText('user000004 on WS-0004.corp.example');
  await overview.dialog.getByLabel('Server that stops').selectOption('SRV-LIC-02');
  await expect(overview.dialog).toContainText('No licence stops when SRV-LIC-02 does');
});

test('follows the pair as it changes', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'pair' });
  const { overview } = new AppWindow(page);
  await changeSnapshot(page, { node: pairNodes.disconnected });
  await expect(overview.picture).toHaveAccessibleName(/Backup SRV-LIC-02: not connected/);
  await changeSnapshot(page, {
    node: { ...pairNodes.pair, relationship: null, relationships: [], ledgers: [] },
  });
  await expect(overview.picture).toBeHidden();
  await page.getByRole('button', { name: 'Set up a backup …' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Failover' })).toBeVisible();
});

test('the timeline says which server recorded an entry, and can show those of one', async ({
  harness,
}) => {
  const page = await openHarness(harness, { scenario: 'pair' });
  const window = new AppWindow(page);
  await window.goTo('Timeline');
  const { timeline } = window;
  await expect(timeline.rows.first()).toContainText(/SRV-LIC-01 stopped responding.*SRV-LIC-02$/s);
  await timeline.server.selectOption('SRV-LIC-02');
  await expect(timeline.count).toHaveText('1 entry');
  await timeline.server.selectOption('SRV-LIC-01');
  await expect(timeline.count).toHaveText('200 entries; scroll down for older ones');
});
