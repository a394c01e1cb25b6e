import {
  describePartPutBack,
  describeRestored,
} from '../../../src-shared/view/describe-put-back.ts';
import type { DataDirectory } from '../base/data-directory.ts';
import { noteKeyOfStart } from '../relationships/key-rotation.ts';
import { noteRenewedIdentity } from '../relationships/renew-identity.ts';
import type { Journal } from '../store/journal.ts';
import type { Ground } from './ground.ts';

/** What an admin has to know of this start. */
export function noteStart({
  options,
  directory,
  identity,
  boots,
  renewed,
  setAside,
  journal,
}: Ground): void {
  noteKeyOfStart(journal, identity);
  if (renewed !== null) noteRenewedIdentity(journal, identity.id, renewed);
  journal.note({
    kind: 'serverStarted',
    severity: 'info',
    message: `Understudy ${options.version} started.`,
  });
  if (setAside !== null) {
    journal.note({
      kind: 'storeSetAside',
      severity: 'error',
      message:
        `The ledger was damaged and was put aside as ${setAside}; an empty one was begun. ` +
        'Import the licence files again.',
    });
  }
  if (boots.arePartsOfTwoTimes) {
    const { restoredFrom } = boots;
    const message = restoredFrom === null ? describePartPutBack : describeRestored(restoredFrom);
    journal.note({ kind: 'directoryPutBack', severity: 'warning', message });
  }
  if (directory.openToOthers.length > 0) noteOpenFiles(directory, journal);
}

function noteOpenFiles({ path, openToOthers }: DataDirectory, journal: Journal): void {
  journal.note({
    kind: 'filesOpenToOthers',
    severity: 'warning',
    message:
      `Other accounts of this host can use files of this server in ${path}: ${openToOthers.join(', ')}. ` +
      (process.platform === 'win32'
        ? `Take the rights of ordinary users away from the folder: icacls "${path}" /inheritance:d ` +
          '/remove:g *S-1-5-32-545 *S-1-1-0 *S-1-5-11 /T.'
        : 'Their permissions could not be changed. Give them to the account that runs Understudy, on a ' +
          'disk that keeps permissions.'),
  });
}
