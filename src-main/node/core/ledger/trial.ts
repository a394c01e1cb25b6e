import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import { formatUtcDay, parseInstant } from '../../../../src-shared/model/scalars.ts';
import { dayMs } from '../../../../src-shared/model/time-units.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';
import { type Draft, record, recordEvent } from './draft.ts';
import { trialBeganIn } from '../rows/row.ts';
import { currentGrant, type LedgerState } from './ledger.ts';

// Trials run from their first use: the ledger keeps when that was, with the licence.

/**
 * When a licence ends, in ms since 1970: by its date or by its trial, whichever is first; Infinity: not by
 * itself. Of a trial that has not begun, when it would end if it began at `beginsMs`.
 */
export function endMsOf(license: InstalledLicense, beginsMs = Infinity): number {
  const { expires, trialDays } = currentGrant(license);
  const byDateMs = expires === null ? Infinity : parseInstant(expires);
  if (trialDays === undefined) return byDateMs;
  return Math.min(byDateMs, (license.trialBeganMs ?? beginsMs) + trialDays * dayMs);
}

/** When the trial of a licence began that is installed now: it may have been here before. */
export function formerBeginning(
  { rows }: LedgerState,
  licenseId: string,
  before: InstalledLicense | undefined,
): { trialBeganMs?: number } {
  const row = rows?.license.get(licenseId);
  const trialBeganMs = before?.trialBeganMs ?? (row && trialBeganIn(row));
  return trialBeganMs === undefined ? {} : { trialBeganMs };
}

/** A seat of the licence was granted at this instant: the first one begins its trial. */
export function beginTrial(draft: Draft, licenseId: string, atMs: number): void {
  const license = draft.state.licenses.get(licenseId);
  if (!license || currentGrant(license).trialDays === undefined) return;
  if (license.trialBeganMs !== undefined && license.trialBeganMs <= atMs) return;
  const began = { ...license, trialBeganMs: atMs };
  record(draft, { type: 'license', before: license, after: began });
  draft.state.nextValidityCheckMs = 0;
  if (license.trialBeganMs !== undefined) return;
  const { trialDays = 0 } = currentGrant(license);
  recordEvent(
    draft,
    'licenseStarted',
    'info',
    `The trial of ${countOf(trialDays, 'day')} of licence ${licenseId} has begun with its first ` +
      `seat. It ends on ${formatUtcDay(endMsOf(began))}.`,
    { license: licenseId },
  );
}

/** Of two beginnings that members knew of, while they could not see each other, the earlier one counts. */
export function keepBeginning(draft: Draft, licenseId: string, alsoMs: number | undefined): void {
  const license = draft.state.licenses.get(licenseId);
  if (!license || alsoMs === undefined || alsoMs >= (license.trialBeganMs ?? Infinity)) return;
  const after = { ...license, trialBeganMs: alsoMs };
  record(draft, { type: 'license', before: license, after });
  draft.state.nextValidityCheckMs = 0;
}
