import { type Draft, recordEvent } from './draft.ts';
import { currentGrant, unitCount } from './ledger.ts';

/** Units out beyond the licences, all taken together (protocol section 7). */
function unitsOverdrawn(draft: Draft): number {
  let over = 0;
  for (const license of draft.state.licenses.values()) {
    over += Math.max(0, unitCount(draft.state, license.id).units - currentGrant(license).units);
  }
  return over;
}

/** Watches an overdraft until it is worked off; `began` looks whether there is one. */
export function noteOverdraft(draft: Draft, began = false): void {
  const { meta } = draft.state;
  if (meta.overdraft === null && !began) return;
  const units = unitsOverdrawn(draft);
  if (units > 0 && meta.overdraft === null) {
    meta.overdraft = { units, sinceMs: draft.nowMs };
    recordEvent(
      draft,
      'overdraftBegan',
      'error',
      `${units} more seats are out than the licences have: two servers granted while they could ` +
        `not see each other. Holders keep theirs; no new one is granted until the count is below.`,
    );
  } else if (units === 0 && meta.overdraft) {
    meta.overdraft = null;
    recordEvent(draft, 'overdraftEnded', 'info', 'The overdraft is worked off.');
  } else if (meta.overdraft && units > meta.overdraft.units) {
    meta.overdraft = { ...meta.overdraft, units };
  }
}
