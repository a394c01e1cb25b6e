import type { RowSet } from './row-set.ts';
import type { Origin } from './row.ts';

/**
 * Clients can have been told of what this write did: it was acknowledged, as far as the row of its spell says, and
 * every member can know it.
 */
export function isToldWrite({ spell }: RowSet, { by, write }: Origin): boolean {
  return write <= (spell.get(by)?.told ?? 0);
}
