import { describe, expect, it } from 'vitest';
import { checkoutRequestSchema } from '../../../src-shared/contract/client-api.ts';
import {
  escapeHidden,
  escapeHiddenIn,
  escapeHiddenInText,
  hasHidden,
} from '../../../src-shared/model/hidden-characters.ts';
import { nodeSettingsSchema } from '../../../src-shared/model/node-settings.ts';
import { formatCsvLine } from '../../../src-shared/view/csv.ts';

const hidden: [string, string][] = [
  ['a C0 control', '\u001b'],
  ['a C1 control', '\u009b'],
  ['an override of the direction', '\u202e'],
  ['an isolate', '\u2066'],
  ['a mark of direction', '\u200f'],
  ['a space without width', '\u200b'],
  ['a joiner without width', '\u200d'],
  ['a byte order mark', '\ufeff'],
  ['a soft hyphen', '\u00ad'],
  ['a line separator', '\u2028'],
  ['a tag', '\u{e0041}'],
];

describe.each(hidden)('%s in a name', (_what, character) => {
  const name = `srv${character}a`;

  it('is found, and escaped to be seen', () => {
    expect(hasHidden(name)).toBe(true);
    expect(escapeHidden(name)).toMatch(/^srv(\\u[0-9a-f]{4})+a$/);
  });

  it('is refused where a name is given', () => {
    expect(nodeSettingsSchema.shape.name.safeParse(name).success).toBe(false);
    const client = { instance: 'i', user: 'u', host: 'h' };
    const accepts = (request: object) => checkoutRequestSchema.safeParse(request).success;
    expect(accepts({ feature: 'cad', client })).toBe(true);
    expect(accepts({ feature: name, client })).toBe(false);
    for (const field of ['instance', 'user', 'host', 'app']) {
      expect(accepts({ feature: 'cad', client: { ...client, [field]: name } })).toBe(false);
    }
  });

  it('leaves a JSON document what it is, without being in it', () => {
    const text = escapeHiddenInText(JSON.stringify({ name, list: [1] }, null, 2));
    expect(text).toContain('\n');
    expect(text.replaceAll('\n', '')).not.toContain(character);
    expect(JSON.parse(text)).toEqual({ name, list: [1] });
  });

  it('is to be seen in CSV and in what a window gets', () => {
    expect(formatCsvLine([name]).trimEnd()).toBe(escapeHidden(name));
    const shown = escapeHiddenIn({ servers: [{ name, count: 1 }], none: null });
    expect(shown).toEqual({ servers: [{ name: escapeHidden(name), count: 1 }], none: null });
  });
});

it('leaves the names of all languages and emoji alone', () => {
  for (const name of ['Halle 3 – Süd', '以太网', 'سرور', 'שרת', 'प्रिंटर', '❤️ 💾', "O'Neil"]) {
    expect(hasHidden(name)).toBe(false);
    expect(escapeHidden(name)).toBe(name);
  }
});

it('gives back the same value where nothing is hidden', () => {
  const value = { servers: [{ name: 'a', notes: 'one\n\ttwo' }] };
  expect(escapeHiddenIn(value)).toBe(value);
});
