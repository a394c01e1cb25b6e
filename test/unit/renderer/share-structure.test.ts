import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shareStructure } from '../../../src-renderer/base/share-structure.ts';

const json = () => fc.jsonValue({ maxDepth: 4 });

describe('shareStructure', () => {
  test('keeps the parts that did not change, and only those', () => {
    const previous = { a: { deep: [1, { x: 1 }] }, b: { y: 1 }, gone: true };
    const next = { a: { deep: [1, { x: 1 }] }, b: { y: 2 } };
    const shared = shareStructure(previous, next);
    expect(shared).toEqual(next);
    expect(shared.a).toBe(previous.a);
    expect(shared.b).not.toBe(previous.b);
  });

  test('an undefined part and none are not the same', () => {
    const shared = shareStructure<Record<string, unknown>>({ a: undefined }, {});
    expect(Object.hasOwn(shared, 'a')).toBe(false);
  });

  test('keeps a part of any name', () => {
    const next = JSON.parse('{"__proto__":{"x":1},"a":2}') as unknown;
    expect(Object.entries(shareStructure({ a: 1 }, next) as object)).toEqual([
      ['__proto__', { x: 1 }],
      ['a', 2],
    ]);
  });

  test('always equals the next value, and is the previous one when they are equal', () => {
    fc.assert(
      fc.property(json(), json(), (previous, next) => {
        expect(shareStructure(previous, next)).toEqual(next);
        const copy = structuredClone(previous);
        if (typeof previous === 'object') expect(shareStructure(previous, copy)).toBe(previous);
      }),
    );
  });
});
