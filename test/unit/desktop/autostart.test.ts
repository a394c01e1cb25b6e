import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAutostart } from '../../../src-main/desktop/start/autostart.ts';
import { createXdgAutostart } from '../../../src-main/desktop/start/xdg-autostart.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

function makeXdg(command = ['/opt/Understudy/understudy', '--hidden']) {
  const file = join(makeTemporaryDirectory(), 'autostart', 'understudy.desktop');
  return { file, xdg: createXdgAutostart({ file, command }) };
}

const system = (openAtLogin: boolean, isPackaged = true) => {
  const calls: unknown[] = [];
  return {
    calls,
    isPackaged,
    getLoginItemSettings: () =>
      ({ openAtLogin, executableWillLaunchAtLogin: openAtLogin }) as Electron.LoginItemSettings,
    setLoginItemSettings: (settings: unknown) => void calls.push(settings),
  };
};

test('an entry is made, found and removed', () => {
  const { file, xdg } = makeXdg();
  expect(xdg.isOn()).toBe(false);
  xdg.set(true);
  expect(xdg.isOn()).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain('\nExec=/opt/Understudy/understudy --hidden\n');
  xdg.set(false);
  expect([xdg.isOn(), existsSync(file)]).toEqual([false, false]);
  xdg.set(false);
});

test.each(['Hidden=true', 'X-GNOME-Autostart-enabled=false'])('%s switches it off', (line) => {
  const { file, xdg } = makeXdg();
  xdg.set(true);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/X-GNOME.*/, line));
  expect(xdg.isOn()).toBe(false);
});

test('a path with signs that a launcher reads is quoted by its rules', () => {
  const { file, xdg } = makeXdg(['/opt/My $App "x" 100%\\a`b', '--hidden']);
  xdg.set(true);
  const quoted = String.raw`Exec="/opt/My \\$App \\"x\\" 100%%\\\\a\\${'`'}b" --hidden`;
  expect(readFileSync(file, 'utf8')).toContain(`\n${quoted}\n`);
});

test('a checkout cannot start with the system, and says so', () => {
  const autostart = createAutostart(system(true, false), 'win32', makeXdg().xdg);
  expect(autostart.unavailable).toContain('checkout');
  expect(autostart.isOn()).toBe(false);
  expect(() => autostart.set(true)).toThrow('checkout');
});

test('on Windows the login item starts it hidden', () => {
  const app = system(true);
  const autostart = createAutostart(app, 'win32', makeXdg().xdg);
  expect([autostart.unavailable, autostart.isOn()]).toEqual([null, true]);
  autostart.set(true);
  expect(app.calls).toEqual([{ openAtLogin: true, enabled: true, args: ['--hidden'] }]);
});
