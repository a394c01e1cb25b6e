import type { Random } from './mutate.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const odd: Json[] = [
  null,
  true,
  0,
  -1,
  1,
  0.5,
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  -1e308,
  '',
  'a1'.repeat(32),
  'b2'.repeat(32),
  '\u0000\ud800',
  'x'.repeat(300),
  [],
  {},
  ['x', 1],
  { type: 'lease' },
];

/** A copy in which a few places have another value, are gone, or are there twice. */
export function mutateJson(value: Json, random: Random): Json {
  let copy = structuredClone(value);
  for (let change = random.below(4); change > 0; change--) copy = mutatePlace(copy, random);
  return copy;
}

function mutatePlace(value: Json, random: Random): Json {
  const keys = value !== null && typeof value === 'object' ? Object.keys(value) : [];
  const key = keys[random.below(keys.length)];
  if (key === undefined || random.below(12) === 0) return pickOdd(value, random);
  const parent = value as Record<string, Json>;
  const kind = random.below(10);
  if (kind === 0) delete parent[key];
  else if (kind === 1 && Array.isArray(value)) value.push(structuredClone(parent[key] ?? null));
  else if (kind === 2) parent[pick(keys, random) ?? key] = structuredClone(parent[key] ?? null);
  else parent[key] = mutatePlace(parent[key] ?? null, random);
  return Array.isArray(value) ? value.filter((item) => item !== undefined) : value;
}

/** Numbers change by a little as often as by a lot: that is what passes a schema. */
function pickOdd(value: Json, random: Random): Json {
  if (typeof value === 'number' && random.below(2) === 0) return value + random.below(7) - 3;
  return structuredClone(pick(odd, random) ?? null);
}

export function pick<T>(values: readonly T[], random: Random): T | undefined {
  return values[random.below(values.length)];
}
