/**
 * `next`, with every part that equals the same part of `previous` replaced by it. So that a part
 * that did not change keeps its identity, and what draws it is not drawn again. For JSON values
 * only.
 */
export function shareStructure<T>(previous: unknown, next: T): T {
  if (Object.is(previous, next)) return next;
  if (Array.isArray(previous) && Array.isArray(next)) return shareArray(previous, next) as T;
  if (isRecord(previous) && isRecord(next)) return shareRecord(previous, next) as T;
  return next;
}

function shareArray(previous: readonly unknown[], next: readonly unknown[]): readonly unknown[] {
  let equal = previous.length === next.length;
  const shared = next.map((value, index) => {
    const part = shareStructure(previous[index], value);
    if (!Object.is(part, previous[index])) equal = false;
    return part;
  });
  return equal ? previous : shared;
}

function shareRecord(
  previous: Record<string, unknown>,
  next: Record<string, unknown>,
): Record<string, unknown> {
  const entries = Object.entries(next);
  let equal = entries.length === Object.keys(previous).length;
  const shared = entries.map(([key, value]): [string, unknown] => {
    const known = Object.hasOwn(previous, key);
    const part = known ? shareStructure(previous[key], value) : value;
    if (!known || !Object.is(part, previous[key])) equal = false;
    return [key, part];
  });
  return equal ? previous : Object.fromEntries(shared);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
