import type { SwitchoverResult } from '../../../src-shared/model/relationship.ts';
import { describeMove, nothingMoved } from '../../../src-shared/view/moves.ts';
import { formatCount, formatNumber } from '../../base/format.ts';

/** What each move of a switchover did, a sentence a move. */
export function describeMoves({ moves }: SwitchoverResult): string[] {
  if (moves.length === 0) return [nothingMoved];
  return moves.map((move) => describeMove(move, { count: formatCount, formatTook }));
}

/** “43 ms”, “1.2 s”. */
export function formatTook(tookMs: number): string {
  if (tookMs < 1_000) return `${formatNumber(tookMs)} ms`;
  return `${(tookMs / 1_000).toFixed(1)} s`;
}
