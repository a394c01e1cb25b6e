import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  LiveSettings,
  type SettingsOverride,
} from '../../../src-main/node/settings/live-settings.ts';
import {
  defaultNodeSettings,
  loadNodeSettings,
  saveNodeSettings,
} from '../../../src-main/node/settings/node-settings.ts';
import { type NodeSettings, nodeSettingsSchema } from '../../../src-shared/model/node-settings.ts';
import { expectMode } from '../../support/file-mode.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

describe('the settings file', () => {
  const file = () => join(makeTemporaryDirectory(), 'server.json');

  it('is not needed', async () => {
    const settings = await loadNodeSettings(file());
    expect(settings).toEqual(defaultNodeSettings());
    expect(nodeSettingsSchema.parse(settings)).toMatchObject({ listenPort: 7470 });
  });

  it('gives back what was saved, for its owner only', async () => {
    const path = file();
    const settings = { ...defaultNodeSettings(), name: 'Halle 3 – Süd', usageKeptDays: 30 };
    await saveNodeSettings(path, settings);
    expect(await loadNodeSettings(path)).toEqual(settings);
    expectMode(path, 0o600);
  });

  it('may leave settings out', async () => {
    const path = file();
    writeFileSync(path, '{"listenPort": 7000}');
    expect(await loadNodeSettings(path)).toEqual({ ...defaultNodeSettings(), listenPort: 7000 });
  });

  it.each([
    ['with a byte order mark', '\uFEFF{"listenPort": 7000}\r\n'],
    ['without', '{"listenPort": 7000}'],
  ])('may be written by any editor: %s', async (_name, text) => {
    const path = file();
    writeFileSync(path, text);
    expect((await loadNodeSettings(path)).listenPort).toBe(7_000);
  });

  it.each([
    ['in UTF-16', Buffer.from('\uFEFF{"name": "x"}', 'utf16le'), 'UTF-16'],
    ['in UTF-16 without a mark', Buffer.from('{"name": "x"}', 'utf16le'), 'UTF-16'],
    ['in a code page', Buffer.from('{"name": "S\xfcd"}', 'latin1'), 'Save it as UTF-8'],
    ['as a ZIP archive', Buffer.from('PK\x03\x04\x14\0', 'latin1'), 'ZIP'],
  ])('%s is called so', async (_name, bytes, what) => {
    const path = file();
    writeFileSync(path, bytes);
    await expect(loadNodeSettings(path)).rejects.toMatchObject({
      code: 'SETTINGS_DAMAGED',
      message: expect.stringContaining(what),
    });
    expect(readFileSync(path)).toEqual(bytes);
  });

  it.each([
    ['that is cut short', '{"name": "Ha', 'not JSON'],
    ['that is empty', '', 'not JSON'],
    ['with a port out of range', '{"listenPort": 70000}', 'listenPort'],
    ['with an unknown setting', '{"colour": "red"}', 'colour'],
    ['that is a list', '[]', 'object'],
  ])('%s is reported with the place and left as it is', async (_name, text, place) => {
    const path = file();
    writeFileSync(path, text);
    await expect(loadNodeSettings(path)).rejects.toMatchObject({
      code: 'SETTINGS_DAMAGED',
      message: expect.stringContaining(place),
    });
    await expect(loadNodeSettings(path)).rejects.toThrow(path);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

describe('a change of settings', () => {
  function make(override: SettingsOverride = {}) {
    const calls = {
      applied: [] as NodeSettings[],
      saved: [] as NodeSettings[],
      told: [] as string[],
    };
    const fail = { apply: undefined as Error | undefined, save: undefined as Error | undefined };
    const settings = new LiveSettings({
      stored: { ...defaultNodeSettings(), name: 'Old' },
      override,
      apply: async (next) => {
        if (fail.apply) throw fail.apply;
        calls.applied.push(next);
      },
      save: async (next) => {
        if (fail.save) throw fail.save;
        calls.saved.push(next);
      },
      onChange: () => void calls.told.push(settings.current.name),
    });
    return { settings, calls, fail };
  }

  it('is in force and saved', async () => {
    const { settings, calls } = make();
    expect(await settings.change({ name: 'New', listenPort: 7470 })).toEqual({
      ok: true,
      value: { changed: ['server name from Old to New'] },
    });
    expect(settings.current.name).toBe('New');
    expect([calls.applied.at(-1)?.name, calls.saved.at(-1)?.name]).toEqual(['New', 'New']);
    expect(calls.told).toEqual(['New']);
  });

  it('that changes nothing does nothing', async () => {
    const { settings, calls } = make();
    expect(await settings.change({ name: 'Old' })).toMatchObject({ value: { changed: [] } });
    expect(calls).toEqual({ applied: [], saved: [], told: [] });
  });

  it('that cannot be put in force is not saved', async () => {
    const { settings, calls, fail } = make();
    fail.apply = new Error('Another program listens on it.');
    expect(await settings.change({ listenPort: 80 })).toEqual({
      ok: false,
      code: 'SETTING_REFUSED',
      message: 'Another program listens on it.',
    });
    expect(settings.current.listenPort).toBe(7470);
    expect(calls.saved).toEqual([]);
  });

  it('that cannot be saved is taken back', async () => {
    const { settings, calls, fail } = make();
    fail.save = new Error('no space left');
    expect(await settings.change({ listenPort: 7471 })).toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    expect(calls.applied.map(({ listenPort }) => listenPort)).toEqual([7471, 7470]);
    expect(calls.told).toEqual([]);
    expect(settings.current.listenPort).toBe(7470);
  });

  it('never saves what an option overrides', async () => {
    const { settings, calls } = make({ listenPort: 9000 });
    await settings.change({ name: 'New' });
    expect(settings.current.listenPort).toBe(9000);
    expect([calls.applied[0]?.listenPort, calls.saved[0]?.listenPort]).toEqual([9000, 7470]);
    expect(await settings.change({ listenPort: 9001 })).toMatchObject({ code: 'SETTING_REFUSED' });
  });

  it('waits for the one before it', async () => {
    const { settings, calls } = make();
    await Promise.all([settings.change({ name: 'A' }), settings.change({ connectionsMax: 20 })]);
    expect(calls.saved.at(-1)).toMatchObject({ name: 'A', connectionsMax: 20 });
  });
});
