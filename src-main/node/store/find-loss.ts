import type { Progress } from './high-water-mark.ts';
import type { StoredProgress } from './progress.ts';

/** What is known of a ledger file when it is opened. */
export interface FoundLedger {
  /** Null: there was no ledger file, or nothing in it. */
  stored: StoredProgress | null;
  /** The journal of the file was there. */
  hadJournal: boolean;
  /** Of the file as this server wrote it last; null: none is known. */
  mark: Progress | null;
}

/**
 * What a ledger file lacks of what was written, as the end of a sentence that begins with its name; null:
 * nothing is known to be missing. Pure.
 */
export function findLoss({ stored, hadJournal, mark }: FoundLedger): string | null {
  if (!stored) return mark ? 'is missing' : null;
  const isSame = mark?.database === stored.database;
  if (mark && !isSame) return 'is not the file that this server wrote';
  if (mark && stored.number < mark.number) {
    const count = mark.number - stored.number;
    return `lacks the last ${count === 1 ? 'write' : `${count} writes`} of this server`;
  }
  const isExact = mark?.number === stored.number;
  return stored.open && !hadJournal && !isExact ? 'came without its journal' : null;
}
