import { describeSpan } from '../../../../src-shared/view/describe-span.ts';
import { type Draft, recordEvent } from './draft.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';
import { shortId } from '../../../../src-shared/view/short-id.ts';
import type { MemberId } from './member-id.ts';
import { currentGrant, unitCount } from './ledger.ts';

/** Units out beyond the licences, all taken together (protocol section 7). */
function unitsOverdrawn(draft: Draft): number {
  let over = 0;
  for (const license of draft.state.licenses.values()) {
    over += Math.max(0, unitCount(draft.state, license.id).units - currentGrant(license).units);
  }
  return over;
}

/** Where an overdraft can come from: a merge, with what each side granted alone, or a token. */
export type OverdraftCause =
  { type: 'merge'; granted: string } | { type: 'token'; signer: MemberId };

/**
 * Watches an overdraft until it is worked off; with a `cause`, looks whether there is a new one.
 */
export function noteOverdraft(draft: Draft, cause?: OverdraftCause): void {
  const { meta } = draft.state;
  if (meta.overdraft === null && !cause) return;
  const units = unitsOverdrawn(draft);
  if (units > 0 && meta.overdraft === null && cause) {
    meta.overdraft = { units, sinceMs: draft.nowMs };
    recordEvent(
      draft,
      'overdraftBegan',
      'error',
      `${countOf(units, 'more seat')} ${units === 1 ? 'is' : 'are'} out than the licences have: ` +
        `${describeCause(draft, cause)} Holders keep theirs; no new one is granted until the count is below.`,
    );
  } else if (units === 0 && meta.overdraft) {
    const { sinceMs, units: most } = meta.overdraft;
    meta.overdraft = null;
    recordEvent(
      draft,
      'overdraftEnded',
      'info',
      `The overdraft is worked off after ${describeSpan(Math.max(0, draft.nowMs - sinceMs))}. It was ` +
        `${countOf(most, 'seat')} at most, and nobody lost one.`,
    );
  } else if (meta.overdraft && units > meta.overdraft.units) {
    meta.overdraft = { ...meta.overdraft, units };
  }
}

function describeCause({ state }: Draft, cause: OverdraftCause): string {
  if (cause.type === 'merge') {
    return `two servers served while they could not see each other (${cause.granted}).`;
  }
  const { signer } = cause;
  const who =
    signer === state.serverId ? 'this server' : (state.names.get(signer) ?? shortId(signer));
  return `a client holds a seat of which ${who} told it, and which was not known here any longer.`;
}
