import type { FolderFile, LicenseFolderSummary } from '../../../src-shared/model/license-folder.ts';

/** What is said of a file of the folder before the reason. */
export const stateLabels: Record<FolderFile['state'], string> = {
  taken: 'installed',
  refused: 'refused',
  waiting: 'not installed yet',
};

/** What an admin has to look after, if anything: the folder itself, or the last file that is not installed. */
export function folderWarning({ problem, folder, last }: LicenseFolderSummary): string | null {
  if (problem !== null) return `The licence folder ${folder}: ${problem}.`;
  if (last === null || last.state === 'taken') return null;
  const what = `${last.name} in the licence folder is ${stateLabels[last.state]}.`;
  const next =
    last.state === 'waiting'
      ? 'It is tried again by itself.'
      : 'Put a corrected file in its place, or take it out of the folder.';
  return `${what} ${last.message} ${next}`;
}
