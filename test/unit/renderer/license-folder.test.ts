import { describe, expect, it } from 'vitest';
import { folderWarning } from '../../../src-renderer/features/import/folder-warning.ts';
import {
  type FolderFile,
  type LicenseFolderStatus,
  summarizeFolder,
} from '../../../src-shared/model/license-folder.ts';

const at = (hour: number) => `2026-03-01T0${hour}:00:00.000Z`;

function makeFile(name: string, state: FolderFile['state'], hour: number): FolderFile {
  return { name, state, at: at(hour), message: `${name} is ${state}.` };
}

const files = [makeFile('a.lic', 'taken', 3), makeFile('b.lic', 'refused', 5)];
const status: LicenseFolderStatus = { folder: '/srv/licenses', files, problem: null };

describe('the licence folder in short', () => {
  it('has the file that something came of last, and counts', () => {
    expect(summarizeFolder(status)).toEqual({
      ...{ folder: '/srv/licenses', problem: null, taken: 1, refused: 1, waiting: 0 },
      last: files[1],
    });
    expect(summarizeFolder({ ...status, files: [] }).last).toBeNull();
  });
});

describe('what is warned of', () => {
  const warn = (...more: FolderFile[]) =>
    folderWarning(summarizeFolder({ ...status, files: [...files, ...more] }));

  it('is a last file that was refused or waits, with the reason and what to do', () => {
    expect(warn()).toContain('b.lic in the licence folder is refused. b.lic is refused. Put a');
    expect(warn(makeFile('c.lic', 'waiting', 6))).toContain('It is tried again by itself.');
    expect(warn(makeFile('c.lic', 'taken', 6))).toBeNull();
  });

  it('is a folder that cannot be used, before all', () => {
    const problem = 'every account can write to it, so that nothing is taken from it';
    expect(folderWarning(summarizeFolder({ ...status, problem }))).toContain(problem);
  });
});
