import { replacedReason } from '../../src-shared/view/describe-replaced.ts';
import { pairNodes } from '../support/renderer-harness/fixture-pair.ts';
import { backupId, witnessId } from '../support/renderer-harness/fixture-servers.ts';
import { serverId } from '../support/renderer-harness/fixture.ts';
import { confirmDialog } from './pages/confirm-dialog.ts';
import { AppWindow } from './pages/app-window.ts';
import {
  changeSnapshot,
  expect,
  lastRequest,
  openHarness,
  release,
  test,
} from './support/window-harness.ts';

/** Every order of the Failover tab says which relationship it is about. */
const pairId = pairNodes.pair.relationship?.id;

test('without another server, the tab teaches the next step', async ({ harness }) => {
  const page = await openHarness(harness);
  const window = new AppWindow(page);
  await window.goTo('Servers');
  await expect(page.getByRole('heading', { name: 'No other server yet' })).toBeVisible();
  await expect(window.servers.invite).toBeVisible();
  await window.goTo('Failover');
  await expect(window.failover.wizard).toContainText('Pair this server with another one first.');
  await window.failover.wizard.getByRole('button', { name: 'Pair with a server …' }).click();
  await expect(window.heading('Servers')).toBeVisible();
});

test('shows what there is between this server and each other one', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'paired' });
  const window = new AppWindow(page);
  await window.goTo('Servers');
  const { servers } = window;
  await expect(servers.row('SRV-LIC-02')).toContainText('Connected');
  await expect(servers.row('SRV-DC-03')).toContainText('340 ms behind');
  await expect(servers.row('SRV-OLD')).toContainText('Pair the two again, or forget it here too.');
  await expect(servers.row('SRV-OLD')).toContainText('95 s ahead');
  await expect(servers.row('BRANCH')).toContainText('Found, not paired');

  const icon = servers.icon('SRV-LIC-02');
  const cases = [
    ['pair', 'Connected, synchronised'],
    ['unsynchronised', 'Connected, not synchronised'],
    ['disconnected', 'Not connected, not synchronised'],
  ] as const;
  const shapes = new Set<string>();
  for (const [scenario, name] of cases) {
    await changeSnapshot(page, { node: pairNodes[scenario] });
    await expect(icon).toHaveAccessibleName(name);
    shapes.add(await icon.innerHTML());
  }
  const [backup, ...others] = pairNodes.disconnected.servers;
  const synchronised = backup && { ...backup, synchronised: true };
  await changeSnapshot(page, {
    node: { ...pairNodes.disconnected, servers: synchronised ? [synchronised, ...others] : [] },
  });
  await expect(icon).toHaveAccessibleName('Synchronised, not connected');
  shapes.add(await icon.innerHTML());
  expect(shapes.size).toBe(4);
  await expect(servers.row('SRV-LIC-02')).toContainText('Backup');
});

test('invites: the code, how long it counts, where to call, and who came', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'found' });
  const window = new AppWindow(page);
  await window.goTo('Servers');
  const { servers } = window;
  await servers.invite.click();
  await expect(servers.dialog).toContainText('7K3QF-XW2M9-C04HB-RTNZ8');
  await expect(servers.dialog).toContainText(/Valid for (10:00|9:5\d) more/);
  const addresses = servers.dialog.getByRole('list', { name: 'Addresses of this server' });
  await expect(addresses).toContainText('10.20.0.11:7470');
  await servers.allow();
  await expect.poll(() => lastRequest(page, 'servers.invite')).toEqual({ allow: 'relationship' });
  await expect(addresses).toContainText('10.20.0.11:7470');
  const tried = { address: '10.20.9.9', name: 'SRV-X', lastAt: '2026-03-01T12:00:00.000Z' };
  const invitation = {
    ...{ expiresAt: '2100-01-01T00:00:00.000Z', allowed: 'relationship' as const },
    wrongTries: [{ ...tried, count: 5, shut: true }],
    moreSources: 2,
  };
  await changeSnapshot(page, { node: { ...pairNodes.found, invitation } });
  const tries = servers.dialog.getByRole('list', { name: 'Where wrong codes came from' });
  await expect(tries.getByRole('listitem')).toHaveText([
    /^10\.20\.9\.9, as SRV-X: 5 times, the last at 2026-03-01 .*Nothing more is taken from there$/,
    '2 more addresses',
  ]);
  await changeSnapshot(page, { node: pairNodes.paired });
  const title = servers.dialog.getByRole('heading', { name: 'Paired with SRV-LIC-02' });
  await expect(title).toBeVisible();
});

test('pairs with a server that was found, and with one by its address', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'found' });
  const window = new AppWindow(page);
  await window.goTo('Servers');
  const { servers } = window;
  await servers
    .row('BRANCH')
    .getByRole('button', { name: /^Pair with/ })
    .click();
  const address = servers.dialog.getByLabel('Address of the other server');
  await expect(address).toHaveValue('10.20.7.31:7470');
  const pair = servers.dialog.getByRole('button', { name: 'Pair', exact: true });
  await expect(pair).toHaveAttribute('aria-disabled', 'true');
  await servers.dialog.getByLabel('Code').fill('wrong');
  await pair.click();
  await expect(servers.dialog).toContainText('did not accept the code');
  await servers.dialog.getByLabel('Code').fill('7K3QF-XW2M9-C04HB-RTNZ8');
  await page.keyboard.press('Enter');
  await expect(
    servers.dialog.getByRole('heading', { name: 'Paired with SRV-LIC-02' }),
  ).toBeVisible();
  await servers.dialog.getByRole('button', { name: 'Close' }).click();

  await servers.pair.click();
  await address.fill('srv b');
  await expect(servers.dialog).toContainText('Type HOST or HOST:PORT');
  await address.fill('srv-b');
  await servers.dialog.getByLabel('Code').fill('7K3QF');
  await pair.click();
  await expect(servers.dialog.getByRole('heading', { name: /^Paired with/ })).toBeVisible();
  expect(await lastRequest(page, 'servers.pair')).toEqual({
    address: 'srv-b:7470',
    code: '7K3QF',
    allow: 'nothing',
  });
});

test('forgets a server, but not one that it protects or is protected by', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'paired' });
  const window = new AppWindow(page);
  await window.goTo('Servers');
  const { servers } = window;
  await servers.row('SRV-OLD').getByRole('button', { name: 'Forget SRV-OLD' }).click();
  await servers.dialog.getByRole('button', { name: 'Forget server' }).click();
  await expect(servers.dialog).toBeHidden();
  expect(await lastRequest(page, 'servers.forget')).toEqual({ id: 'd'.repeat(64) });

  await changeSnapshot(page, { node: pairNodes.pair });
  await servers.row('SRV-LIC-02').getByRole('button', { name: 'Forget SRV-LIC-02' }).click();
  await expect(servers.dialog).toContainText('Change or dissolve that first');
  await expect(servers.dialog.getByRole('button', { name: 'Forget server' })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await servers.dialog.getByRole('button', { name: 'Go to Failover' }).click();
  await expect(window.heading('Failover')).toBeVisible();
});

test('a backup that is set up while another tab is shown is told on the way back', async ({
  harness,
}) => {
  const page = await openHarness(harness, { scenario: 'paired', hold: true });
  const window = new AppWindow(page);
  const { failover } = window;
  await window.goTo('Failover');
  for (let step = 0; step < 3; step++) await failover.next();
  await failover.wizard.getByRole('button', { name: 'Set up the backup' }).click();
  await expect(failover.wizard).toContainText('212 of 326 leases');
  await window.goTo('Usage');
  await window.goTo('Failover');
  await expect(failover.wizard).toContainText('212 of 326 leases');
  await window.goTo('Usage');
  await release(page);
  await window.goTo('Failover');
  await expect(page.getByText('The backup is set up.')).toBeVisible();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByText('The backup is set up.')).toBeHidden();
});

test('the wizard leads to a backup', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'paired', hold: true });
  const window = new AppWindow(page);
  await window.goTo('Failover');
  const { failover } = window;
  await expect(failover.step).toHaveText('1Kind');
  await expect(failover.wizard.getByRole('radio')).toHaveCount(3);
  await failover.next();
  await expect(failover.step).toHaveText('2Servers');
  const main = failover.wizard.getByLabel(/^Main/);
  const backup = failover.wizard.getByLabel(/^Backup/);
  await expect(main).toHaveValue(serverId);
  await expect(backup).toHaveValue(backupId);
  await main.selectOption(backupId);
  await expect(backup).toHaveValue(serverId);
  await backup.selectOption(witnessId);
  await expect(failover.wizard).toContainText('One of the two must be this server');
  await main.selectOption(serverId);
  await backup.selectOption(backupId);
  await failover.wizard.getByRole('checkbox', { name: /^Also the other way round/ }).check();
  await failover.next();
  await expect(failover.wizard.getByRole('radio', { name: /^Available/ })).toBeChecked();
  await failover.next();
  await expect(failover.wizard).toContainText('Nothing is missing.');
  await expect(failover.wizard).toContainText('The clocks of the two differ by 95 s.');
  await expect(failover.wizard).toContainText('5 of 6 licences would be covered');
  await failover.wizard.getByRole('button', { name: 'Set up the backup' }).click();
  await expect(failover.wizard).toContainText('212 of 326 leases');
  expect(await lastRequest(page, 'relationship.create')).toEqual({
    ...{ kind: 'backup', main: serverId, backup: backupId, mutual: true, policy: 'available' },
  });
  await release(page);
  await expect(page.getByText('The backup is set up.')).toBeVisible();
  await expect(failover.picture).toBeVisible();
  await expect(failover.details).toContainText('SRV-LIC-02 protects SRV-LIC-01');
});

test('the wizard says what is missing for a strict one', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'paired' });
  const window = new AppWindow(page);
  await window.goTo('Failover');
  const { failover } = window;
  await failover.next();
  await failover.next();
  await failover.wizard.getByRole('radio', { name: /^Strict/ }).check();
  await expect(failover.wizard).toContainText('Choose the witness.');
  await failover.wizard.getByLabel('Witness', { exact: true }).selectOption('SRV-DC-03');
  await failover.next();
  await expect(failover.wizard).toContainText('strict, with SRV-DC-03 as witness');
  await expect(failover.wizard).toContainText('SRV-DC-03 is not connected. Start it first.');
  const create = failover.wizard.getByRole('button', { name: 'Set up the backup' });
  await expect(create).toHaveAttribute('aria-disabled', 'true');
  await failover.wizard.getByRole('button', { name: 'Go to Servers' }).click();
  await expect(window.heading('Servers')).toBeVisible();
});

test('changes policy and witness, and dissolves', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'strict' });
  const window = new AppWindow(page);
  await window.goTo('Failover');
  const { failover } = window;
  await expect(failover.details).toContainText(
    "Strict: only the server that has the witness's vote serves",
  );
  await failover.details.getByRole('button', { name: 'Change policy …' }).click();
  const apply = failover.dialog.getByRole('button', { name: 'Apply' });
  await expect(failover.dialog.getByLabel('Witness', { exact: true })).toHaveValue(witnessId);
  await expect(apply).toHaveAttribute('aria-disabled', 'true');
  await failover.dialog.getByRole('radio', { name: /^Available/ }).check();
  await apply.click();
  await expect(failover.dialog).toBeHidden();
  expect(await lastRequest(page, 'relationship.set')).toEqual({
    policy: 'available',
    mutual: false,
    relationship: pairId,
  });

  await failover.details.getByRole('button', { name: 'Dissolve …' }).click();
  await failover.dialog.getByRole('button', { name: 'Dissolve', exact: true }).click();
  await expect(failover.dialog).toBeHidden();
  expect(await lastRequest(page, 'relationship.dissolve')).toEqual({
    force: false,
    relationship: pairId,
  });

  // Its backup says that this server was replaced: only its admin knows whether that is right.
  const serving = {
    ...pairNodes.pair.serving,
    state: 'stopped' as const,
    reasons: [replacedReason('SRV-LIC-02')],
  };
  await changeSnapshot(page, { node: { ...pairNodes.pair, serving } });
  await failover.details.getByRole('button', { name: 'Dissolve …' }).click();
  await expect(failover.dialog).toContainText('If that is right, dissolve the relationship');
  await failover.dialog.getByRole('checkbox', { name: /^By force: serve these/ }).check();
  await page.screenshot({ path: 'test-results/screenshots/replaced.png' });
  await failover.dialog.getByRole('button', { name: 'Dissolve', exact: true }).click();
  await expect(failover.dialog).toBeHidden();
  expect(await lastRequest(page, 'relationship.dissolve')).toEqual({
    force: true,
    relationship: pairId,
  });

  await changeSnapshot(page, { node: pairNodes.disconnected });
  await failover.details.getByRole('button', { name: 'Dissolve …' }).click();
  const dissolve = failover.dialog.getByRole('button', { name: 'Dissolve', exact: true });
  await expect(dissolve).toHaveAttribute('aria-disabled', 'true');
  await failover.dialog.getByRole('checkbox', { name: 'Dissolve without SRV-LIC-02' }).check();
  await dissolve.click();
  await expect(failover.dialog).toBeHidden();
  expect(await lastRequest(page, 'relationship.dissolve')).toEqual({
    force: true,
    relationship: pairId,
  });
});

test('timing and fail back are set while they are in force', async ({ harness }) => {
  const page = await openHarness(harness, { scenario: 'pair' });
  const window = new AppWindow(page);
  await window.goTo('Failover');
  const { failover } = window;
  await failover.show('Timing');
  const silence = failover.timing.getByLabel('Take over after silence of');
  const apply = failover.timing.getByRole('button', { name: 'Apply' });
  await silence.fill('0.4');
  await expect(failover.timing).toContainText('Type a number: 0.5 to 600 s, by default 3.');
  await silence.fill('1.5');
  await apply.click();
  await expect(failover.timing).toContainText('Applied.');
  expect(await lastRequest(page, 'relationship.set')).toEqual({
    settings: { takeoverAfterMs: 1_500 },
    relationship: pairId,
  });
  await failover.timing.getByRole('button', { name: 'Fill in the defaults' }).click();
  await expect(silence).toHaveValue('3');

  await failover.show('Fail back');
  const leaving = confirmDialog(page, 'Leave without applying?');
  await expect(leaving).toContainText('Timing');
  await leaving.getByRole('button', { name: 'Discard and leave' }).click();
  const reclaim = page.getByRole('region', { name: 'When the main server is back' });
  await reclaim.getByRole('radio', { name: /at these hours only/ }).check();
  await reclaim.getByLabel('From').fill('22:30');
  await reclaim.getByLabel('To', { exact: true }).fill('04:00');
  await reclaim.getByRole('button', { name: 'Apply' }).click();
  await expect
    .poll(() => lastRequest(page, 'relationship.set'))
    .toEqual({ settings: { reclaim: '22:30-04:00' }, relationship: pairId });
  await expect(page.getByRole('button', { name: 'Fail back …' })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await failover.show('Licences covered');
  await expect(failover.coverage).toContainText(
    'Not covered. Its vendor does not allow redundancy.',
  );
});

test('where other servers are looked for is a setting', async ({ harness }) => {
  const page = await openHarness(harness);
  const window = new AppWindow(page);
  await window.goTo('Settings');
  const { finding } = window.settings;
  await finding.getByRole('switch', { name: 'Search for servers on this network' }).click();
  await expect.poll(() => lastRequest(page, 'settings.set')).toEqual({ mdns: false });
  const peers = finding.getByLabel('Servers at fixed addresses');
  await peers.fill('srv-b');
  await expect(finding).toContainText('Type one HOST:PORT a line');
  await peers.fill('srv-b:7470\n10.0.0.7:7471');
  await finding.getByRole('button', { name: 'Apply' }).click();
  await expect
    .poll(() => lastRequest(page, 'settings.set'))
    .toEqual({ fixedPeers: ['srv-b:7470', '10.0.0.7:7471'] });
});
