import { describe, expect, test } from 'vitest';
import {
  awayToleratedMs,
  deriveNotifications,
  type NotificationMemory,
} from '../../../src-main/desktop/notifications/derive-notifications.ts';
import type { NotificationView } from '../../../src-main/desktop/notifications/notification-view.ts';
import { toldCausesMax } from '../../../src-shared/model/desktop-settings.ts';
import type { Serving } from '../../../src-shared/model/node-snapshot.ts';
import {
  at,
  atMs,
  dayMs,
  makeLicense,
  makePair,
  makeUi,
  serverA,
  serverB,
  type UiParts,
} from '../../support/snapshot-builders.ts';

const notSure = { code: 'NOT_SURE', message: 'It is finding out.' };

/** One admin through time: each call is the state of the world at an instant. */
class Admin {
  memory: NotificationMemory = { told: [], shownAtMs: [], seenSinceMs: {} };
  sees(parts: UiParts, afterMs = 0): NotificationView[] {
    const plan = deriveNotifications(makeUi(parts), this.memory, atMs + afterMs);
    this.memory = plan.memory;
    return plan.show;
  }
  titles(parts: UiParts, afterMs = 0): string[] {
    return this.sees(parts, afterMs).map(({ title }) => title);
  }
}

const exhausted = (...features: string[]): UiParts => ({
  node: { licenses: features.map((feature) => makeLicense({ id: feature, feature, inUse: 10 })) },
});
const minuteMs = 60_000;

test('a cause is told once, with the tab and licence that explain it', () => {
  const admin = new Admin();
  expect(admin.sees(exhausted('cad'))).toEqual([
    {
      title: 'cad: all seats in use',
      body: '10 of 10 seats of cad are in use. New requests are refused.',
      severity: 'warning',
      tab: 'licences',
      license: 'cad',
    },
  ]);
  expect(admin.sees(exhausted('cad'), 1_000)).toEqual([]);
});

test('the memory alone carries it over a restart', () => {
  const before = new Admin();
  before.sees(exhausted('cad'));
  const after = new Admin();
  after.memory = { told: before.memory.told, shownAtMs: [], seenSinceMs: {} };
  expect(after.sees(exhausted('cad'), dayMs)).toEqual([]);
});

test('a seat that comes and goes is one cause for an hour', () => {
  const admin = new Admin();
  admin.sees(exhausted('cad'));
  admin.sees({}, 10 * minuteMs);
  expect(admin.sees(exhausted('cad'), 20 * minuteMs)).toEqual([]);
  admin.sees({}, 30 * minuteMs);
  expect(admin.titles(exhausted('cad'), 91 * minuteMs)).toEqual(['cad: all seats in use']);
});

test('each threshold of an expiry is a cause of its own', () => {
  const admin = new Admin();
  const at30: UiParts = {
    node: { licenses: [makeLicense({ expires: new Date(atMs + 20 * dayMs).toISOString() })] },
  };
  const at7: UiParts = {
    node: { licenses: [makeLicense({ expires: new Date(atMs + 5 * dayMs).toISOString() })] },
  };
  const over: UiParts = { node: { licenses: [makeLicense({ expires: at, validity: 'expired' })] } };
  expect(admin.titles(at30)).toEqual(['cad: licence expires soon']);
  expect(admin.titles(at30)).toEqual([]);
  expect(admin.titles(at7)).toEqual(['cad: licence expires soon']);
  expect(admin.titles(over)).toEqual(['cad: licence expired']);
});

test('a damaged licence is told as that alone', () => {
  const damage = 'What is kept of it is not what its vendor signed.';
  const damaged = makeLicense({ validity: 'damaged', damage, expires: at, inUse: 10 });
  expect(new Admin().titles({ node: { licenses: [damaged] } })).toEqual(['cad: licence damaged']);
});

test('many at once are one notification that leads to the overview', () => {
  const [summary, ...more] = new Admin().sees(exhausted('a', 'b', 'c', 'd', 'e'));
  expect(more).toEqual([]);
  expect(summary).toMatchObject({ title: '5 things need attention', tab: 'overview' });
  expect(summary?.body).toBe(
    'a: all seats in use\nb: all seats in use\nc: all seats in use\nand 2 more',
  );
});

test('warnings one after the other are held back and come as a summary; errors are not', () => {
  const admin = new Admin();
  const features: string[] = [];
  let shown = 0;
  for (let index = 0; index < 12; index += 1) {
    features.push(`f${index}`);
    shown += admin.sees(exhausted(...features), index * 1_000).length;
  }
  expect(shown).toBe(6);
  const stopped: UiParts = {
    node: { ...exhausted(...features).node, serving: { state: 'stopped', reasons: [], since: at } },
  };
  expect(admin.titles(stopped, 13_000)).toEqual(['Not serving licences']);
  expect(admin.titles(stopped, 11 * minuteMs)).toEqual(['6 things need attention']);
});

test('an absence is told when it lasts, and so is its end', () => {
  const admin = new Admin();
  const away: UiParts = { connection: { state: 'away', sinceMs: atMs, message: 'Gone.' } };
  expect(admin.titles(away, awayToleratedMs - 1)).toEqual([]);
  expect(admin.titles(away, awayToleratedMs)).toEqual(['The licence server is not responding']);
  expect(admin.titles({}, 60_000)).toEqual(['Serving licences again']);
  expect(admin.titles({}, 61_000)).toEqual([]);
});

test('of a server in a pair it is told to be over when it is known what the server does', () => {
  const admin = new Admin();
  const pair = makePair({});
  const away: UiParts = { node: pair, connection: { state: 'away', sinceMs: atMs } };
  admin.sees(away, awayToleratedMs);
  const back = (serving: Partial<Serving>): UiParts => ({
    node: { ...pair, serving: { state: 'serving', reasons: [], since: at, ...serving } },
    connection: { sinceMs: atMs + 60_000 },
  });
  // What it says at first is from before it stalled.
  expect(admin.titles(back({}), 60_500)).toEqual([]);
  expect(admin.titles(back({ state: 'degraded', reasons: [notSure] }), 61_000)).toEqual([]);
  expect(admin.titles(back({}), 70_000)).toEqual(['Serving licences again']);
  expect(admin.titles(back({}), 71_000)).toEqual([]);
});

describe('of a server whose licences another one serves meanwhile', () => {
  const replaced = makePair({ ledger: { active: serverB, here: 'standby' } });
  const away: UiParts = { node: replaced, connection: { state: 'away', sinceMs: atMs } };
  const back: UiParts = { node: replaced, connection: { sinceMs: atMs + 10_000 } };

  test('it is told when that server takes its licences back at once', () => {
    const admin = new Admin();
    admin.sees({ ...away, node: makePair({}) }, awayToleratedMs);
    expect(admin.titles(back, 10_000)).toEqual([]);
    expect(admin.titles(back, 14_000)).toEqual([]);
    expect(admin.titles({ ...back, node: makePair({}) }, 14_500)).toEqual([
      'Serving licences again',
    ]);
  });

  test('who serves is told first, when that lasts', () => {
    const admin = new Admin();
    admin.sees({ ...away, node: makePair({}) }, awayToleratedMs);
    expect(admin.titles(back, 10_000)).toEqual([]);
    expect(admin.titles(back, 15_000)).toEqual(['SRV-B serves for SRV-A']);
    expect(admin.titles(back, 40_000)).toEqual([]);
    expect(admin.titles({ ...back, node: makePair({}) }, 60_000)).toEqual([
      'Serving licences again',
    ]);
  });
});

test('a drill that was passed is told once, and one that failed as an error', () => {
  const event = (severity: 'info' | 'error', message: string): UiParts => ({
    node: {
      ...makePair({}),
      events: [{ sequence: 9, server: serverA, at, kind: 'drillFinished', severity, message }],
    },
  });
  const admin = new Admin();
  const passed = event(
    'info',
    'The drill was passed: SRV-B took over in 43 ms over and 51 ms back.',
  );
  expect(admin.sees(passed, 1_000)).toMatchObject([
    { title: 'Drill', body: expect.stringMatching(/^The drill was passed/), severity: 'info' },
  ]);
  expect(admin.sees(passed, 2_000)).toEqual([]);
  const failed = event('error', 'The drill failed: SRV-B did not have 1 lease that had been out.');
  expect(new Admin().sees(failed)).toMatchObject([
    { title: 'The drill failed', severity: 'error' },
  ]);
});

test('what happened long ago is no news at a start', () => {
  const old = new Date(atMs - 3_600_000).toISOString();
  const kind = 'drillFinished' as const;
  const event = { sequence: 9, server: serverA, at: old, kind, severity: 'info' as const };
  const events = [{ ...event, message: 'The drill was passed.' }];
  expect(new Admin().sees({ node: { ...makePair({}), events } })).toEqual([]);
});

test('that another admin dissolved the relationship is told, and what that means', () => {
  const event = { sequence: 9, server: serverA, at, kind: 'relationshipDissolved' as const };
  const message = 'The relationship with SRV-B was dissolved by another admin.';
  const sees = (severity: 'info' | 'warning', server = serverA) =>
    new Admin().titles({ node: { events: [{ ...event, server, severity, message }] } });
  expect(sees('warning')).toEqual(['The relationship was dissolved']);
  expect(sees('info')).toEqual([]);
  expect(sees('warning', serverB)).toEqual([]);
});

test('a short absence is neither told nor told to be over', () => {
  const admin = new Admin();
  admin.sees({ connection: { state: 'away', sinceMs: atMs } }, 500);
  expect(admin.titles({}, 1_000)).toEqual([]);
});

test('an outage that flaps is told once in five minutes', () => {
  const admin = new Admin();
  const degraded = (since: string): UiParts => ({
    node: { serving: { state: 'degraded', reasons: [], since } },
  });
  expect(admin.titles(degraded(at))).toEqual(['No new seats are granted']);
  expect(admin.titles({}, 1_000)).toEqual(['Serving licences again']);
  const again = new Date(atMs + 2_000).toISOString();
  expect(admin.titles(degraded(again), 2_000)).toEqual([]);
  expect(admin.titles({}, 3_000)).toEqual([]);
  expect(admin.titles(degraded(again), 6 * minuteMs)).toEqual(['No new seats are granted']);
});

test('while the node is away, what it said is neither told again nor over', () => {
  const admin = new Admin();
  admin.sees(exhausted('cad'));
  admin.sees({ connection: { state: 'starting' }, node: null }, 1_000);
  expect(admin.titles(exhausted('cad'), 2 * dayMs)).toEqual([]);
});

test.each([
  ['paused', { notificationsPausedUntilMs: atMs + minuteMs }],
  ['off', { notifications: false }],
])('%s: nothing is shown, and what still lasts is told afterwards', (_name, desktop) => {
  const admin = new Admin();
  expect(admin.sees({ ...exhausted('cad'), desktop })).toEqual([]);
  expect(admin.titles(exhausted('cad'), 2 * minuteMs)).toEqual(['cad: all seats in use']);
});

test('the memory stays bounded and keeps what lasts', () => {
  const admin = new Admin();
  const old = Array.from({ length: toldCausesMax }, (_, index) => ({
    key: `exhausted:old-${index}`,
    endedAtMs: atMs - index,
  }));
  admin.memory = { told: old, shownAtMs: [], seenSinceMs: {} };
  admin.sees(exhausted('cad'));
  expect(admin.memory.told).toHaveLength(toldCausesMax);
  expect(admin.memory.told).toContainEqual({ key: 'exhausted:cad', endedAtMs: null });
  expect(admin.memory.told).not.toContainEqual(old.at(-1));
});
