/**
 * A copy that shares nothing, and has what JSON says of the value: so it goes over a link, and so a store
 * keeps it. Several times as fast as `structuredClone` for messages of a few fields.
 */
export function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
