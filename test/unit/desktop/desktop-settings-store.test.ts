import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ElectronStore from 'electron-store';
import { expect, test, vi } from 'vitest';
import { DesktopSettingsStore } from '../../../src-main/desktop/base/desktop-settings-store.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

// Outside Electron its package only says where the program is, and looks for it unless it is told.
vi.hoisted(() => (process.env['ELECTRON_OVERRIDE_DIST_PATH'] ??= 'not-needed'));

const name = 'desktop-settings.json';

function openStore(folder: string) {
  const logged: string[] = [];
  const store = new DesktopSettingsStore({
    folder,
    open: (cwd, configName) => new ElectronStore({ cwd, name: configName }),
    now: () => new Date('2026-03-01T12:00:00Z'),
    log: (message) => logged.push(message),
  });
  return { store, logged };
}

test('without a file the defaults hold, and a change is there the next time', () => {
  const folder = makeTemporaryDirectory();
  const { store } = openStore(folder);
  expect(store.problem).toBeNull();
  expect(store.get()).toMatchObject({ theme: 'system', notifications: true, toldCauses: [] });
  store.change({ theme: 'dark', toldCauses: [{ key: 'a', endedAtMs: null }] });
  expect(openStore(folder).store.get()).toMatchObject({
    theme: 'dark',
    toldCauses: [{ key: 'a', endedAtMs: null }],
  });
});

test.each([
  ['half a file', '{"theme":"da'],
  ['a wrong value', '{"theme":"pink"}'],
  ['nothing', ''],
])('%s is put aside as it is, and said', (_name, content) => {
  const folder = makeTemporaryDirectory();
  writeFileSync(join(folder, name), content);
  const { store, logged } = openStore(folder);
  expect(store.get().theme).toBe('system');
  const aside = 'desktop-settings.damaged-2026-03-01T12-00-00.000Z.json';
  expect(store.problem).toContain(aside);
  expect(readFileSync(join(folder, aside), 'utf8')).toBe(content);
  expect(logged).not.toEqual([]);
  store.change({ theme: 'light' });
  const again = openStore(folder).store;
  expect([again.problem, again.get().theme]).toEqual([null, 'light']);
});

test('a setting of a later version is left out and does no harm', () => {
  const folder = makeTemporaryDirectory();
  writeFileSync(join(folder, name), '{"theme":"dark","sound":"loud"}');
  const { store } = openStore(folder);
  expect([store.problem, store.get().theme]).toEqual([null, 'dark']);
});

test('a file that cannot be written costs the change its permanence only', () => {
  const logged: string[] = [];
  const store = new DesktopSettingsStore({
    folder: makeTemporaryDirectory(),
    open: () => ({
      get store() {
        return {};
      },
      set store(_value) {
        throw new Error('ENOSPC: no space left on device');
      },
    }),
    now: () => new Date(),
    log: (message) => logged.push(message),
  });
  store.change({ theme: 'dark' });
  expect(store.get().theme).toBe('dark');
  expect(logged).toEqual([expect.stringContaining('ENOSPC')]);
});

test('a file that can neither be read nor put aside is said, and the program goes on', () => {
  const store = new DesktopSettingsStore({
    folder: join(makeTemporaryDirectory(), 'gone'),
    open: () => {
      throw new Error('EACCES: permission denied');
    },
    now: () => new Date(),
    log: () => undefined,
  });
  expect(store.problem).toContain('last until Understudy quits');
  store.change({ notifications: false });
  expect(store.get().notifications).toBe(false);
});
