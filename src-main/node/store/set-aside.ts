import { existsSync } from 'node:fs';
import { replaceFileSync } from '../../files/replace-file.ts';
import { markFileOf } from './high-water-mark.ts';

/** What a file is called that was put aside at this instant. */
export function asideNameOf(file: string, nowMs: number): string {
  return `${file}.set-aside-${new Date(nowMs).toISOString().replaceAll(':', '-')}`;
}

/**
 * Renames a ledger, its journals and the mark of how far it was, so that an empty one can begin in its
 * place and nothing is lost. Returns the new name. The journal goes first: a ledger without it is found
 * damaged, a journal without its ledger too, so a crash in between hides nothing.
 */
export function setLedgerAside(file: string, nowMs: number): string {
  const aside = asideNameOf(file, nowMs);
  for (const suffix of ['-shm', '-wal', '']) {
    if (existsSync(file + suffix)) replaceFileSync(file + suffix, aside + suffix);
  }
  // Last: until then a file that is missing is known to be.
  const mark = markFileOf(file);
  if (existsSync(mark)) replaceFileSync(mark, `${aside}-mark`);
  return aside;
}
