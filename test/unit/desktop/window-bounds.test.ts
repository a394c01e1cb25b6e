import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deriveWindowBounds } from '../../../src-main/desktop/window/window-bounds.ts';

const primary = { x: 0, y: 0, width: 1_920, height: 1_040 };
const second = { x: 1_920, y: 0, width: 1_280, height: 984 };
const size = { width: 1_180, height: 780, maximized: false };

test('without a remembered place it is in the middle of the primary display', () => {
  expect(deriveWindowBounds(size, [primary], primary)).toEqual({
    ...{ x: 370, y: 130 },
    ...{ width: 1_180, height: 780 },
  });
});

test('a place on a display is kept, on one that is gone it is not', () => {
  const there = { ...size, x: 1_990, y: 60 };
  expect(deriveWindowBounds(there, [primary, second], primary)).toMatchObject({ x: 1_990, y: 60 });
  expect(deriveWindowBounds(there, [primary], primary)).toMatchObject({ x: 370, y: 130 });
});

test.each([
  ['above', { x: 100, y: -40 }],
  ['below', { x: 100, y: 1_030 }],
  ['too far left', { x: -1_100, y: 10 }],
  ['too far right', { x: 1_900, y: 10 }],
])('a window whose title is %s the screen comes back', (_name, place) => {
  const bounds = deriveWindowBounds({ ...size, ...place }, [primary], primary);
  expect(bounds).toMatchObject({ x: 370, y: 130 });
});

test('it is never larger than the display, nor smaller than what can be worked with', () => {
  const small = { x: 0, y: 0, width: 1_024, height: 700 };
  expect(deriveWindowBounds(size, [small], small)).toEqual(small);
  const tiny = { ...size, width: 640, height: 480 };
  expect(deriveWindowBounds(tiny, [primary], primary)).toMatchObject({ width: 800, height: 560 });
});

test('wherever it was, its title can be caught with the mouse', () => {
  const place = fc.integer({ min: -5_000, max: 8_000 });
  const extent = fc.integer({ min: 640, max: 10_000 });
  fc.assert(
    fc.property(place, place, extent, extent, (x, y, width, height) => {
      const remembered = { x, y, width, height, maximized: false };
      const bounds = deriveWindowBounds(remembered, [primary, second], primary);
      const caught = [primary, second].some(
        (area) =>
          bounds.y >= area.y &&
          bounds.y <= area.y + area.height - 50 &&
          Math.min(area.x + area.width, bounds.x + bounds.width) - Math.max(area.x, bounds.x) >=
            100,
      );
      expect(caught).toBe(true);
    }),
  );
});
