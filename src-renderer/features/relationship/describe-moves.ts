import type { SwitchoverResult } from '../../../src-shared/model/relationship.ts';
import { formatNumber, plural } from '../../base/format.ts';

/** What each move of a switchover did, a sentence a move. */
export function describeMoves({ moves }: SwitchoverResult): string[] {
  if (moves.length === 0) return ['Every licence is served where it should be already.'];
  return moves.map(
    ({ from, to, tookMs, licenses, leases }) =>
      `${to.name} serves ${plural(licenses, 'licence')} in place of ${from.name}. ` +
      `${plural(leases, 'lease')} moved in ${formatTook(tookMs)}.`,
  );
}

/** “43 ms”, “1.2 s”. */
export function formatTook(tookMs: number): string {
  if (tookMs < 1_000) return `${formatNumber(tookMs)} ms`;
  return `${(tookMs / 1_000).toFixed(1)} s`;
}
