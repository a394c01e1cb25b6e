import type { InvitationStatus } from '../model/server-row.ts';
import { countOf } from './count-of.ts';
import { formatSecond } from './describe-date.ts';

/** What to make of wrong codes. */
export const triesAdvice =
  'If nobody has mistyped the code there, somebody is guessing. The code is too long for that, and is ' +
  'good from every other address.';

/** Where wrong codes came from that an open invitation was tried with: a line an address, the latest first. */
export function describeTries({ wrongTries, moreSources }: InvitationStatus): string[] {
  const lines = wrongTries.map(({ address, name, count, lastAt, shut }) => {
    const when = formatSecond(Date.parse(lastAt));
    const often =
      count === 1 ? `once at ${when}` : `${countOf(count, 'time')}, the last at ${when}`;
    return `${address}, as ${name}: ${often}${shut ? '. Nothing more is taken from there' : ''}`;
  });
  if (moreSources === 0) return lines;
  return [...lines, countOf(moreSources, 'more address', 'more addresses')];
}
