/**
 * A copy that shares nothing, and has what JSON says of the value: so it goes over a link, and so a store
 * keeps it. Several times as fast as `JSON.parse(JSON.stringify(…))` for messages of a few fields.
 * Only for plain objects and lists, as messages and writes are.
 */
export function asJson<T>(value: T): T {
  return copied(value) as T;
}

function copied(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list = new Array<unknown>(value.length);
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i];
      list[i] = item === undefined ? null : copied(item);
    }
    return list;
  }
  const result: Record<string, unknown> = {};
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (field !== undefined) result[key] = copied(field);
  }
  return result;
}
