import { formatCount } from '../../base/format.ts';
import type { InvitationStatus, ServerRow } from '../../../src-shared/model/server-row.ts';

/** The server that was paired since, if one was. */
export function findNewlyPaired(
  before: readonly Pick<ServerRow, 'id'>[],
  now: readonly ServerRow[],
): ServerRow | undefined {
  const known = new Set(before.map(({ id }) => id));
  return now.find(({ id, paired }) => paired && !known.has(id));
}

/** “9:05”: minutes and seconds that are left, rounded up. */
export function formatCountdown(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Who has tried wrong codes with the open invitation, and that it stays good for the others. */
export function describeWrongTries(tries: InvitationStatus['wrongTries']): string {
  const sources = tries.map(({ address, count }) => `${address} (${formatCount(count, 'time')})`);
  return (
    `A wrong code came from ${sources.join(', ')}. If nobody has mistyped it there, somebody is ` +
    'guessing: the code is too long for that, and is good from every other address.'
  );
}
