import { expect, test } from 'vitest';
import { setNoticesAside, stillSetAside } from '../../../src-main/desktop/start/set-aside.ts';
import { setAsideMax } from '../../../src-shared/model/desktop-settings.ts';

const minuteMs = 60_000;

test('a notice is set aside for a time or while it lasts, and shown again when that is asked', () => {
  const hour = setNoticesAside([], { keys: ['a'], minutes: 60 }, 0);
  expect(hour).toEqual([{ key: 'a', untilMs: 60 * minuteMs }]);
  const both = setNoticesAside(hour, { keys: ['a', 'b'], minutes: null }, 0);
  expect(both).toEqual([
    { key: 'a', untilMs: null },
    { key: 'b', untilMs: null },
  ]);
  expect(setNoticesAside(both, { keys: ['a'], minutes: 0 }, 0)).toEqual([
    { key: 'b', untilMs: null },
  ]);
});

test('it comes back when its time is over, and when its cause ended and came again', () => {
  const known = setNoticesAside([], { keys: ['a'], minutes: 1 }, 0);
  expect(stillSetAside(known, null, minuteMs - 1)).toEqual(known);
  expect(stillSetAside(known, null, minuteMs)).toEqual([]);
  const acknowledged = setNoticesAside([], { keys: ['a'], minutes: null }, 0);
  expect(stillSetAside(acknowledged, new Set(['a', 'b']), minuteMs)).toEqual(acknowledged);
  expect(stillSetAside(acknowledged, new Set(['b']), minuteMs)).toEqual([]);
  // While the node is away, which causes there are is not known.
  expect(stillSetAside(acknowledged, null, minuteMs)).toEqual(acknowledged);
});

test('the oldest go first when there are too many', () => {
  const keys = Array.from({ length: setAsideMax }, (_, i) => `k${i}`);
  const full = setNoticesAside([], { keys, minutes: null }, 0);
  const more = setNoticesAside(full, { keys: ['last'], minutes: null }, 0);
  expect(more).toHaveLength(setAsideMax);
  expect(more[0]?.key).toBe('k1');
  expect(more.at(-1)?.key).toBe('last');
});
