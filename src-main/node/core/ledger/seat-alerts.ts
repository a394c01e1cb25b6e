import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import { type Draft, recordEvent } from './draft.ts';
import { countOf, isOrAre } from '../../../../src-shared/view/count-of.ts';
import { currentGrant, unitCount } from './ledger.ts';

/** A licence must have had a free unit this long before "full" is told again. */
const calmMs = 60_000;

/** Tells that a licence became full, once until it has been calm for a minute. */
export function noteExhausted(draft: Draft, license: InstalledLicense): void {
  const { state } = draft;
  const { units, feature } = currentGrant(license);
  if (unitCount(state, license.id).units < units) return;
  const told = state.exhausted.get(license.id);
  if (told) {
    told.freeSinceMs = null;
    return;
  }
  state.exhausted.set(license.id, { freeSinceMs: null });
  recordEvent(
    draft,
    'seatsExhausted',
    'warning',
    units === 1
      ? `The only seat of ${feature} is in use. New requests are refused.`
      : `All ${units} seats of ${feature} are in use. New requests are refused.`,
    { license: license.id },
  );
}

/** Tells that licences which were full have had free units for a minute. */
export function noteAvailable(draft: Draft): void {
  const { state, nowMs } = draft;
  for (const [licenseId, told] of state.exhausted) {
    const license = state.licenses.get(licenseId);
    if (!license) {
      state.exhausted.delete(licenseId);
      continue;
    }
    const { units, feature } = currentGrant(license);
    const free = units - unitCount(state, licenseId).units;
    if (free <= 0) {
      told.freeSinceMs = null;
    } else if (told.freeSinceMs === null || told.freeSinceMs > nowMs) {
      // The time may have been set back since.
      told.freeSinceMs = nowMs;
    } else if (nowMs - told.freeSinceMs >= calmMs) {
      state.exhausted.delete(licenseId);
      recordEvent(
        draft,
        'seatsAvailable',
        'info',
        `${countOf(free, 'seat')} of ${feature} ${isOrAre(free)} free again.`,
        { license: licenseId },
      );
    }
  }
}
