import type { ServerRow } from '../../../src-shared/model/server-row.ts';

/** The server that was paired since, if one was. */
export function findNewlyPaired(
  before: readonly Pick<ServerRow, 'id'>[],
  now: readonly ServerRow[],
): ServerRow | undefined {
  const known = new Set(before.map(({ id }) => id));
  return now.find(({ id, paired }) => paired && !known.has(id));
}

/** “9:05”: minutes and whole seconds that are left, by a time of now that is a second old at most. */
export function formatCountdown(leftMs: number): string {
  const seconds = Math.max(0, Math.floor(leftMs / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
