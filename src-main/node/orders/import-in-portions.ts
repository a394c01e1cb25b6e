import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { LicenseChange } from '../../../src-shared/contract/admin.ts';
import { countOf } from '../../../src-shared/view/count-of.ts';
import type { VerifiedLicense } from '../core/ledger/admin-request.ts';
import { refuseTooMany } from '../core/ledger/licenses.ts';

/**
 * Licences that one entry of the ledger takes: with the versions before them, as much as a message to another server
 * holds.
 */
export const portionLicensesMax = 256;

type Changes = AdminAnswer<{ changes: LicenseChange[] }>;

interface ImportPorts {
  /** Nothing of the file is taken, and the ledger was not asked to: this is to be put on the timeline. */
  onRefused: (message: string) => void;
  /** Licences in the ledger now. */
  installed: number;
  /** Asks the ledger to take a portion, or what that would change. */
  take: (licenses: readonly VerifiedLicense[], dryRun: boolean) => Promise<Changes>;
}

/**
 * Imports the licences of one file, all or none. More than a portion is tried first, all of it: only what would be
 * taken as a whole is begun. What is refused all the same between two portions says how many were installed.
 */
export async function importInPortions(
  licenses: readonly VerifiedLicense[],
  dryRun: boolean,
  { onRefused, installed, take }: ImportPorts,
): Promise<Changes> {
  if (licenses.length <= portionLicensesMax) return take(licenses, dryRun);
  const portions = divide(licenses);
  const tried: LicenseChange[] = [];
  for (const portion of portions) {
    const answer = await take(portion, true);
    if (!answer.ok) return answer;
    tried.push(...answer.value.changes);
  }
  refuseTooMany(installed, tried);
  if (dryRun) return { ok: true, value: { changes: tried } };
  const first = tried.find(({ refusal }) => refusal !== undefined);
  if (first?.refusal) {
    const { code, message } = first.refusal;
    const why = `${first.id}: ${message} Nothing of the file was installed.`;
    onRefused(why);
    return refuse(code, why);
  }
  const changes: LicenseChange[] = [];
  for (const portion of portions) {
    const answer = await take(portion, false);
    if (!answer.ok) return changes.length === 0 ? answer : halfDone(answer, changes.length);
    changes.push(...answer.value.changes);
  }
  return { ok: true, value: { changes } };
}

function halfDone(answer: Extract<Changes, { ok: false }>, count: number): Changes {
  const message =
    `${answer.message} ${countOf(count, 'licence')} of the file had been installed before that. ` +
    'Import the file again for the rest.';
  return refuse(answer.code, message);
}

function divide(licenses: readonly VerifiedLicense[]): VerifiedLicense[][] {
  const count = Math.ceil(licenses.length / portionLicensesMax);
  return Array.from({ length: count }, (_, index) =>
    licenses.slice(index * portionLicensesMax, (index + 1) * portionLicensesMax),
  );
}
