import { AppWindow } from './pages/app-window.ts';
import { stall } from './support/real-pair.ts';
import { shownState } from './support/tray-state.ts';
import { expect, test } from './support/understudy.ts';

test('the tray says what is served and follows the seats', async ({ launch }) => {
  const understudy = await launch();
  const { tray, admin, checkout } = understudy;
  await understudy.serving();
  await expect.poll(() => tray.tooltip()).toBe('SRV-A: ready, no licence installed');

  await admin('demo.install', { consent: true });
  await expect
    .poll(() => tray.tooltip())
    .toMatch(/^SRV-A: serving \d licences?, 0 of \d+ seats in use$/);
  const total = /of (\d+) seats/.exec(await tray.tooltip())?.[1];
  expect(await checkout('editor', 'one')).toBe(201);
  await expect.poll(() => tray.tooltip()).toContain(`1 of ${total} seats in use`);
  expect(tray.iconCount).toBe(1);

  expect(await shownState(understudy)).toBe('serving');
});

test('the icon changes when licences are not served', async ({ launch }) => {
  const understudy = await launch();
  const { tray } = understudy;
  await understudy.serving();
  await expect.poll(() => tray.tooltip()).toContain('ready');
  expect(await shownState(understudy)).toBe('serving');

  const goOn = await stall(understudy);
  await expect.poll(() => tray.tooltip()).toMatch(/^The licence server is not responding\n/);
  expect(await shownState(understudy)).toBe('stopped');

  goOn();
  await expect.poll(() => shownState(understudy)).toBe('serving');
});

test('the menu opens the window, pauses notifications and copies the status', async ({
  launch,
}) => {
  const understudy = await launch({ args: ['--hidden'] });
  const { tray, app, admin } = understudy;
  await understudy.serving();
  await admin('demo.install', { consent: true });
  await expect
    .poll(() => tray.labels())
    .toEqual([
      expect.stringMatching(/^SRV-A: serving/),
      'Open Understudy',
      'Pause notifications for 1 h',
      'Copy status',
      expect.stringMatching(/^Quit Understudy \(stops \d licences?\) …$/),
    ]);
  expect(app.windows()).toHaveLength(0);

  await tray.choose('Copy status');
  await expect
    .poll(() => app.evaluate(({ clipboard }) => clipboard.readText()))
    .toMatch(/^Understudy \d+\.\d+\.\d+, .*\nSRV-A: serving/);

  await tray.choose('Pause notifications');
  await expect
    .poll(() => tray.labels())
    .toContainEqual(expect.stringMatching(/^Resume .*paused until \d\d:\d\d/));
  await tray.choose('Resume notifications');
  await expect.poll(() => tray.labels()).toContain('Pause notifications for 1 h');

  await tray.choose('Open Understudy');
  const page = await understudy.window();
  expect(page.url()).toBe('app://understudy/index.html');
});

test('a click on the icon opens the window', async ({ launch }) => {
  const understudy = await launch({ args: ['--hidden'] });
  await expect.poll(() => understudy.tray.iconCount).toBe(1);
  await understudy.tray.activate();
  await understudy.window();
});

test('quit says what stops at that moment, and does so only when the admin agrees', async ({
  launch,
}) => {
  // While nobody looks at the window, the tray is told of changes a second late.
  const understudy = await launch({ args: ['--hidden'] });
  const { tray, app, admin, checkout } = understudy;
  await understudy.serving();
  await admin('demo.install', { consent: true });
  expect(await checkout('editor', 'one')).toBe(201);
  await expect
    .poll(() => tray.labels())
    .toContainEqual(expect.stringContaining('1 seat in use) …'));

  await app.evaluate(({ dialog }) => {
    const answers = [1, 0];
    const asked: string[] = [];
    Object.assign(globalThis, { asked });
    dialog.showMessageBox = (...args: unknown[]) => {
      asked.push((args.at(-1) as { message: string }).message);
      return Promise.resolve({ response: answers.shift() ?? 1, checkboxChecked: false });
    };
  });
  const asked = () => app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked);
  expect(await checkout('editor', 'two')).toBe(201);
  await tray.choose('Quit Understudy');
  await expect
    .poll(asked)
    .toEqual([expect.stringMatching(/^Quitting stops \d licences? with 2 seats in use\.$/)]);
  await understudy.serving();

  const exited = new Promise((resolve) => app.process().once('exit', resolve));
  await tray.choose('Quit Understudy');
  expect(await exited).toBe(0);
});

test('quit asks before what was typed and not applied is lost, and closing loses nothing', async ({
  launch,
}) => {
  const understudy = await launch();
  const { tray, app } = understudy;
  const window = await AppWindow.open(understudy);
  await window.goTo('Settings');
  const name = window.settings.network.getByLabel('Server name');
  await name.fill('SRV-NEW');
  await window.settings.limits.getByLabel('Open connections').fill('many');

  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  const visible = () =>
    app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
  await expect.poll(visible).toBe(false);
  await tray.choose('Open Understudy');
  await expect.poll(visible).toBe(true);
  await expect(name).toHaveValue('SRV-NEW');

  await app.evaluate(({ dialog }) => {
    const asked: string[] = [];
    Object.assign(globalThis, { asked });
    dialog.showMessageBox = (...args: unknown[]) => {
      const { message, detail } = args.at(-1) as { message: string; detail: string };
      asked.push(`${message} ${detail}`);
      return Promise.resolve({ response: 1, checkboxChecked: false });
    };
  });
  const asked = () => app.evaluate(() => (globalThis as unknown as { asked: string[] }).asked);
  const question =
    'Quit without applying what was typed? What was typed and not applied would be lost: ';
  await tray.choose('Quit Understudy');
  await expect.poll(asked).toEqual([`${question}Network, Limits.`]);
  await expect(name).toHaveValue('SRV-NEW');

  await window.settings.network.getByRole('button', { name: 'Apply' }).click();
  await expect(window.settings.network.getByText('Applied.')).toBeVisible();
  await tray.choose('Quit Understudy');
  await expect.poll(asked).toEqual([`${question}Network, Limits.`, `${question}Limits.`]);

  await window.settings.limits.getByRole('button', { name: 'Discard' }).click();
  const exited = new Promise((resolve) => app.process().once('exit', resolve));
  await tray.choose('Quit Understudy');
  expect(await exited).toBe(0);
});
