import { readFile } from 'node:fs/promises';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import type { LeaseAnswer } from '../../src-shared/contract/client-api.ts';
import { OfflineMachine } from '../support/borrow-files.ts';
import { AppWindow, chooseFile, chooseTarget } from './pages/app-window.ts';
import { confirmDialog } from './pages/confirm-dialog.ts';
import { expect, test, type Understudy } from './support/understudy.ts';

async function install(understudy: Understudy): Promise<void> {
  const vendor = await makeVendor();
  await understudy.admin('vendor.trust', { content: vendor.publicFile });
  const content = await makeLicenseFile(
    vendor,
    { id: 'acme-cad', feature: 'cad', units: 50 },
    { id: 'acme-sim', feature: 'sim', units: 50 },
  );
  await understudy.admin('license.import', { content, fileName: 'acme.json' });
}

async function checkout(understudy: Understudy, feature: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    expect(await understudy.checkout(feature, `${feature}-${i}`)).toBe(201);
  }
}

test('an empty list teaches how to check out a seat, and fills by itself', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  await window.goTo('Leases');
  await expect(window.page.getByRole('button', { name: 'Get a first licence' })).toBeVisible();
  await install(understudy);
  await expect(window.page.locator('code')).toContainText('client run --feature cad');
  await checkout(understudy, 'cad', 2);
  await expect(window.leases.rows).toHaveCount(2);
  await expect(window.leases.count).toHaveText('2 leases');
  await checkout(understudy, 'sim', 1);
  await expect(window.leases.rows).toHaveCount(3);
  await expect(window.leases.rowAt(0)).toContainText('sim');
  expect(window.complaints).toEqual([]);
});

test('releases a seat after saying what that means', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  await install(understudy);
  await checkout(understudy, 'cad', 2);
  await window.goTo('Leases');
  const release = window.leases.rowAt(0).getByRole('button', { name: /^Release the seat/ });
  await release.click();
  const question = confirmDialog(window.page, 'Release 1 seat of cad?');
  await expect(question).toContainText('it may check out again at once.');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(question).toBeHidden();
  await expect(release).toBeFocused();
  expect((await understudy.admin('lease.list', {})).total).toBe(2);

  await release.click();
  await question.getByRole('button', { name: 'Release seat' }).click();
  await expect(question).toBeHidden();
  await expect(window.leases.count).toHaveText('1 lease');
  expect((await understudy.admin('lease.list', {})).total).toBe(1);
});

test('a lease that ended meanwhile is refused in the dialog', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  await install(understudy);
  await checkout(understudy, 'cad', 1);
  await window.goTo('Leases');
  await window.leases.rowAt(0).getByRole('button').click();
  const question = confirmDialog(window.page, /^Release/);
  const { leases } = await understudy.admin('lease.list', {});
  await understudy.admin('lease.release', { id: leases[0]?.id ?? '' });
  await question.getByRole('button', { name: 'Release seat' }).click();
  await expect(question.getByText('Not released.')).toBeVisible();
});

test('searches, filters, sorts and exports', async ({ launch }) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { leases } = window;
  await install(understudy);
  await checkout(understudy, 'cad', 3);
  await checkout(understudy, 'sim', 2);
  await window.goTo('Leases');
  await expect(leases.rows).toHaveCount(5);

  await leases.search.fill('SIM');
  await expect(leases.count).toHaveText('2 of 5 leases');
  await leases.search.fill('');
  await leases.licence.selectOption('acme-cad');
  await expect(leases.count).toHaveText('3 of 5 leases');
  await leases.borrowedOnly.click();
  await expect(window.page.getByRole('heading', { name: 'No lease matches' })).toBeVisible();
  await window.page.getByRole('button', { name: 'Show all leases' }).click();
  await expect(leases.count).toHaveText('5 leases');

  await leases.heading('Feature').getByRole('button').click();
  await expect(leases.heading('Feature')).toHaveAttribute('aria-sort', 'ascending');
  await expect(leases.rowAt(0)).toContainText('cad');
  await leases.heading('Feature').getByRole('button').click();
  await expect(leases.rowAt(0)).toContainText('sim');

  const path = await chooseTarget(understudy, 'leases.csv');
  await leases.exportButton.click();
  await expect(window.page.getByText('5 leases written.')).toBeVisible();
  expect((await readFile(path, 'utf8')).trim().split(/\r?\n/)).toHaveLength(6);
});

test('borrows for a machine that reaches no server, and takes the seat back', async ({
  launch,
}) => {
  const understudy = await launch();
  const window = await AppWindow.open(understudy);
  const { page, leases } = window;
  await install(understudy);
  await window.goTo('Leases');
  const borrow = page.getByRole('button', { name: 'Borrow for another machine …' });
  // No licence can be borrowed.
  await expect(page.getByRole('heading', { name: 'No seat is out' })).toBeVisible();
  await expect(borrow).toBeHidden();
  const vendor = await makeVendor('Loan');
  await understudy.admin('vendor.trust', { content: vendor.publicFile });
  const grant = { id: 'loan', feature: 'loan', units: 2, borrow: { maxDays: 7, maxUnits: 1 } };
  const content = await makeLicenseFile(vendor, grant);
  await understudy.admin('license.import', { content, fileName: 'loan.json' });

  await chooseFile(understudy, 'wrong.request', '{"payload":"x"}');
  await borrow.click();
  const unread = confirmDialog(page, 'Nothing was borrowed');
  await expect(unread).toContainText('This is no request file of a machine.');
  await unread.getByRole('button', { name: 'Close' }).click();

  const machine = new OfflineMachine({ feature: 'loan' });
  await chooseFile(understudy, 'laptop.request', machine.requestFile);
  await borrow.click();
  const question = confirmDialog(page, 'Borrow 1 seat of loan?');
  await expect(question).toContainText('ann on laptop-7 asks for it until');
  await question.getByRole('button', { name: 'Borrow seat' }).click();
  const borrowed = confirmDialog(page, 'Borrowed');
  const path = await chooseTarget(understudy, 'laptop-7.token');
  await borrowed.getByRole('button', { name: 'Save token file …' }).click();
  await expect(borrowed.getByRole('status')).toContainText(`Written to ${path}.`);
  await borrowed.getByRole('button', { name: 'Close' }).click();
  await leases.borrowedOnly.click();
  await expect(leases.rowAt(0)).toContainText('laptop-7');

  const { answer } = JSON.parse(await readFile(path, 'utf8')) as { answer: LeaseAnswer };
  await chooseFile(understudy, 'laptop.return', machine.returnFile(answer));
  const takeBack = page.getByRole('button', { name: 'Take back …' });
  for (const said of ['The seat of this return file is free.', 'had come back before']) {
    await takeBack.click();
    const result = confirmDialog(page, 'Taken back');
    await expect(result).toContainText(said);
    await result.getByRole('button', { name: 'Close' }).click();
  }
  expect((await understudy.admin('lease.list', {})).total).toBe(0);
  expect(window.complaints).toEqual([]);
});
