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
  const keys = Object.keys(next);
  let equal = keys.length === Object.keys(previous).length;
  const shared: Record<string, unknown> = {};
  for (const key of keys) {
    shared[key] = shareStructure(previous[key], next[key]);
    if (!Object.hasOwn(previous, key) || !Object.is(shared[key], previous[key])) equal = false;
  }
  return equal ? previous : shared;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
