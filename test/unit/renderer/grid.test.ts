import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  columnsWithRoom,
  columnTemplate,
  gridWidthMin,
  toggleSort,
} from '../../../src-renderer/components/grid/grid-column.ts';
import { nextRow } from '../../../src-renderer/components/grid/grid-keys.ts';

test('keys move by a row, a page or to an end, and no further', () => {
  expect(nextRow('ArrowDown', 0, 10, 4)).toBe(1);
  expect(nextRow('ArrowUp', 0, 10, 4)).toBe(0);
  expect(nextRow('PageDown', 3, 10, 4)).toBe(7);
  expect(nextRow('PageDown', 8, 10, 4)).toBe(9);
  expect(nextRow('PageUp', 8, 10, 4)).toBe(4);
  expect(nextRow('Home', 8, 10, 4)).toBe(0);
  expect(nextRow('End', 0, 10, 4)).toBe(9);
  expect(nextRow('a', 3, 10, 4)).toBeUndefined();
  expect(nextRow('End', 0, 0, 4)).toBeUndefined();
});

test('a key never leads out of the list, and a page key always moves', () => {
  const keys = fc.constantFrom('ArrowDown', 'ArrowUp', 'PageDown', 'PageUp', 'Home', 'End');
  fc.assert(
    fc.property(keys, fc.nat(500), fc.integer({ min: 1, max: 500 }), fc.nat(50), (key, i, n, p) => {
      const index = Math.min(i, n - 1);
      const next = nextRow(key, index, n, p);
      expect(next).toBeGreaterThanOrEqual(0);
      expect(next).toBeLessThan(n);
      if (key === 'PageDown' && index < n - 1) expect(next).toBeGreaterThan(index);
    }),
  );
});

test('the first click on a heading sorts up, the next one down', () => {
  const sort = { by: 'user', descending: false };
  expect(toggleSort(sort, 'user')).toEqual({ by: 'user', descending: true });
  expect(toggleSort({ by: 'user', descending: true }, 'host')).toEqual({
    by: 'host',
    descending: false,
  });
});

test('columns get their least width, and share what is left', () => {
  const columns = [
    { widthMin: 100, share: 2 },
    { widthMin: 50, share: 0 },
    { widthMin: 80, widthMax: 160, share: 0 },
  ];
  expect(columnTemplate(columns)).toBe('minmax(100px, 2fr) minmax(50px, 50px) minmax(80px, 160px)');
  expect(gridWidthMin(columns)).toBe(230 + 2 * 12 + 2 * 12);
});

test('columns leave one after the other where there is no room, and those that stay never do', () => {
  const columns = [
    { id: 'name', widthMin: 100, share: 1 },
    { id: 'product', widthMin: 100, share: 1, leaves: 2 },
    { id: 'seats', widthMin: 100, share: 1, leaves: 1 },
    { id: 'state', widthMin: 100, share: 0 },
  ];
  const shown = (widthPx: number) => columnsWithRoom(columns, widthPx).map(({ id }) => id);
  const all = gridWidthMin(columns);
  expect(shown(all)).toEqual(['name', 'product', 'seats', 'state']);
  expect(shown(all - 1)).toEqual(['name', 'seats', 'state']);
  expect(shown(all - 112 - 1)).toEqual(['name', 'state']);
  expect(shown(1)).toEqual(['name', 'state']);
  expect(shown(0)).toEqual(['name', 'product', 'seats', 'state']);
});
