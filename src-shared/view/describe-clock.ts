import { hourMs, minuteMs } from '../model/time-units.ts';
import { describeLength } from './describe-span.ts';
import { plainNumbers, type Numbers } from './numbers.ts';

/** How far another server's clock is from this one's; positive: the other clock is ahead. */
export function describeClock(
  differenceMs: number | null,
  decimal: Numbers['decimal'] = plainNumbers.decimal,
): string {
  if (differenceMs === null) return 'not measured';
  const distanceMs = Math.abs(differenceMs);
  if (distanceMs < 50) return 'same time';
  const amount =
    distanceMs < 1_000
      ? `${Math.round(distanceMs)} ms`
      : distanceMs < 120_000
        ? `${decimal(distanceMs / 1_000)} s`
        : distanceMs < 2 * hourMs
          ? `${decimal(distanceMs / minuteMs)} min`
          : describeLength(distanceMs);
  return `${amount} ${differenceMs > 0 ? 'ahead' : 'behind'}`;
}
