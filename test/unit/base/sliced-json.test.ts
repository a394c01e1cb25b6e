import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkJson,
  type JsonLimits,
  JsonRefused,
  parseSliced,
} from '../../../src-main/node/base/sliced-json.ts';

const generous: JsonLimits = {
  valuesMax: 10_000_000,
  depthMax: 100,
  textCharsMax: 1_000_000,
  listMax: 10_000_000,
  longListsAt: [],
};

/** Longer than what is parsed at once, so that it is taken apart. */
const padding = 'x'.repeat(70_000);

describe('JSON in slices', () => {
  it('is what JSON.parse makes of it, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 8 }),
        async (values) => {
          const value = { first: padding, values, nested: { more: [values, padding, values] } };
          for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
            expect(await parseSliced(text, generous)).toEqual(JSON.parse(text));
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('keeps quotes, escapes and a key that objects have', async () => {
    const value = { __proto__x: '\\', '"': `${padding}\\"]}`, list: ['\\\\"', '[', '}', padding] };
    const text = `{"__proto__":1,${JSON.stringify(value).slice(1)}`;
    const parsed = await parseSliced(text, generous);
    expect(Object.hasOwn(parsed as object, '__proto__')).toBe(true);
    expect(parsed).toEqual(JSON.parse(text));
  });

  it.each([
    ['nothing', ''],
    ['half of it', `["${padding}",`],
    ['two values', `["${padding}"] 1`],
    ['no comma', `["${padding}" "${padding}"]`],
    ['a comma at the end', `["${padding}",]`],
    ['no colon', `{"a" "${padding}"}`],
    ['no key', `{1:"${padding}"}`],
    ['a text without end', `["${padding}`],
    ['words', `[${padding}]`],
    ['a number that is long', `[${'1'.repeat(70_000)}x]`],
  ])('that is none is refused: %s', async (_, text) => {
    await expect(parseSliced(text, generous)).rejects.toBeInstanceOf(JsonRefused);
  });

  it.each([
    ['values', { valuesMax: 100 }, JSON.stringify(Array(101).fill(0))],
    ['values without anything in them', { valuesMax: 100 }, `[${'[],'.repeat(100)}[]]`],
    ['depth', { depthMax: 10 }, `${'['.repeat(11)}${']'.repeat(11)}`],
    ['objects in each other', { depthMax: 10 }, `${'{"a":'.repeat(11)}1${'}'.repeat(11)}`],
    ['a text', { textCharsMax: 1_000 }, JSON.stringify('x'.repeat(1_100))],
    ['a list', { listMax: 10 }, JSON.stringify({ list: Array(22).fill(0) })],
  ])('has a bound on %s, which is looked at before anything is built', async (_, bound, text) => {
    const limits = { ...generous, ...bound };
    expect(() => checkJson(text, limits)).toThrow(JsonRefused);
    await expect(parseSliced(text, limits)).rejects.toBeInstanceOf(JsonRefused);
    expect(() => checkJson(text, generous)).not.toThrow();
  });

  it('may have long lists where they are expected, and nowhere else', () => {
    const long = Array(100).fill(0);
    const limits = { ...generous, listMax: 10, longListsAt: [2] };
    expect(() => checkJson(JSON.stringify({ rows: long }), limits)).not.toThrow();
    expect(() => checkJson(JSON.stringify({ rows: [long] }), limits)).toThrow(JsonRefused);
    expect(() => checkJson(JSON.stringify(long), limits)).toThrow(JsonRefused);
  });

  it('lets others have their turn', async () => {
    const text = JSON.stringify(Array.from({ length: 200_000 }, (_, n) => ({ n, text: 'row' })));
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await parseSliced(text, generous);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});
