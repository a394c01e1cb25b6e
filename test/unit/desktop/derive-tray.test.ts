import { describe, expect, test } from 'vitest';
import {
  deriveTray,
  tooltipLengthMax,
  type TrayConditions,
  type TrayView,
} from '../../../src-main/desktop/tray/derive-tray.ts';
import { at, atMs, makeLicense, makeUi, type UiParts } from '../../support/snapshot-builders.ts';

function trayOf(parts: UiParts, conditions: Partial<TrayConditions> = {}): TrayView {
  const all = { nowMs: atMs, darkPanel: false, recoverable: false, ...conditions };
  return deriveTray(makeUi(parts), all);
}

function labels({ menu }: TrayView): string[] {
  return menu.flatMap((entry) => (entry.type === 'separator' ? [] : [entry.label]));
}

function commandOf({ menu }: TrayView, label: string): unknown {
  return menu.flatMap((entry) =>
    entry.type === 'command' && entry.label.startsWith(label) ? [entry.command] : [],
  )[0];
}

const licenses = [makeLicense({ inUse: 4 }), makeLicense({ id: 'sim', feature: 'sim', units: 5 })];

describe('tooltip', () => {
  test.each([
    ['SRV-A: serving 2 licences, 4 of 15 seats in use', { node: { licenses } }],
    ['SRV-A: ready, no licence installed', {}],
    ['Understudy: starting', { connection: { state: 'starting' }, node: null }],
    [
      'cad: all seats in use\nSRV-A: serving 1 licence, 1 of 1 seat in use',
      { node: { licenses: [makeLicense({ units: 1, inUse: 1 })] } },
    ],
    [
      'No new seats are granted\nSRV-A: no new seats, 4 seats kept',
      { node: { licenses, serving: { state: 'degraded', reasons: [], since: at } } },
    ],
    [
      'The licence server is not responding\nSRV-A: licence server is not responding',
      { connection: { state: 'away' }, node: { licenses } },
    ],
  ] satisfies [string, UiParts][])('%s', (tooltip, parts) => {
    expect(trayOf(parts).tooltip).toBe(tooltip);
  });

  test('counts what else needs attention, and keeps to what Windows shows', () => {
    const feature = 'f'.repeat(200);
    const both = [makeLicense({ feature, inUse: 10 }), makeLicense({ id: 'b', inUse: 10 })];
    const { tooltip } = trayOf({ node: { licenses: both } });
    expect(tooltip).toHaveLength(tooltipLengthMax);
    expect(tooltip.endsWith('…')).toBe(true);
    const short = trayOf({ node: { licenses: [makeLicense({ inUse: 10 }), ...both.slice(1)] } });
    expect(short.tooltip).toContain('cad: all seats in use (and 1 more)');
  });
});

test('the icon follows state and panel', () => {
  expect(trayOf({}).icon).toEqual({ state: 'serving', background: 'light' });
  const away = trayOf({ connection: { state: 'away' } }, { darkPanel: true });
  expect(away.icon).toEqual({ state: 'stopped', background: 'dark' });
});

describe('menu', () => {
  test('status, window, pause, copy and quit', () => {
    expect(labels(trayOf({ node: { licenses } }))).toEqual([
      'SRV-A: serving 2 licences, 4 of 15 seats in use',
      'Open Understudy',
      'Pause notifications for 1 h',
      'Copy status',
      'Quit Understudy (stops 2 licences, 4 seats in use) …',
    ]);
  });

  test('what needs attention leads to the tab that explains it; the rest is counted', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((id) => makeLicense({ id, feature: id, inUse: 10 }));
    const view = trayOf({ node: { licenses: many } });
    expect(labels(view).slice(1, 5)).toEqual([
      'a: all seats in use',
      'b: all seats in use',
      'c: all seats in use',
      '2 more …',
    ]);
    expect(commandOf(view, 'b:')).toEqual({ type: 'showTab', tab: 'licences', license: 'b' });
    expect(commandOf(view, '2 more')).toEqual({ type: 'showTab', tab: 'overview' });
  });

  test('a pause can be ended, says until when, and is over by itself', () => {
    const desktop = { notificationsPausedUntilMs: atMs + 60_000 };
    const paused = trayOf({ desktop });
    expect(commandOf(paused, 'Resume notifications (paused until ')).toMatchObject({ minutes: 0 });
    const after = trayOf({ desktop }, { nowMs: atMs + 60_000 });
    expect(commandOf(after, 'Pause')).toMatchObject({ minutes: 60 });
    expect(labels(trayOf({ desktop: { notifications: false } }))).toHaveLength(4);
  });

  test('quit says what stops only where something does', () => {
    const attached = trayOf({ connection: { mode: 'attached' }, node: { licenses } });
    expect(labels(attached).at(-1)).toBe('Quit Understudy (licences are still served)');
    const dead = { mode: 'attached', state: 'away', startable: true } as const;
    expect(labels(trayOf({ connection: dead, node: { licenses } })).at(-1)).toBe('Quit Understudy');
    const stopped = { state: 'stopped' as const, reasons: [], since: at };
    const idle = trayOf({ connection: { mode: 'attached' }, node: { serving: stopped } });
    expect(labels(idle).at(-1)).toBe('Quit Understudy');
    expect(labels(trayOf({})).at(-1)).toBe('Quit Understudy');
    const away = trayOf({ connection: { state: 'away' }, node: { licenses } });
    expect(labels(away).at(-1)).toBe('Quit Understudy');
  });

  test('a server that is gone can be started from here', () => {
    const gone = { state: 'away', startable: true } as const;
    const started = { type: 'startNode' };
    const attached = trayOf({ connection: { ...gone, mode: 'attached' } });
    expect(commandOf(attached, 'Start it in this program')).toEqual(started);
    expect(commandOf(trayOf({ connection: gone }), 'Start now')).toEqual(started);
    expect(commandOf(trayOf({ connection: { state: 'away' } }), 'Start')).toBeUndefined();
  });

  test('offers what can be done only when something can', () => {
    expect(commandOf(trayOf({}, { recoverable: true }), 'What can be done')).toEqual({
      type: 'recoverNode',
    });
    expect(commandOf(trayOf({}), 'What can be done')).toBeUndefined();
  });
});
