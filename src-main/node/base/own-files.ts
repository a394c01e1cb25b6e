import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { isOpenToMany } from './windows-access.ts';

/** What the names of a server's own files in its data directory begin with. */
const ownNames = [
  'ledger.db',
  'high-water-mark',
  'data-loss.json',
  'dissolved.json',
  'backups.json',
  'server.json',
  'server-',
  'next-server-key',
  'renewed-server-key',
  'former-keys.json',
  'paired-servers.json',
  'boots.json',
  'unattended.json',
  'notify.json',
  'license-folder.json',
  'server.lock',
  'node.lock',
];

/** Folders in a data directory that hold nothing but files of the server. */
const ownFolders = ['logs', 'drills', 'backups'];

/** Read and written by nobody but their owner. */
export const privateFileMode = 0o600;
export const privateFolderMode = 0o700;

const forOthers = 0o077;

const keyName = 'server-key.pem';

/**
 * Takes the rights of other accounts away from what is there of a server, which an earlier version, a
 * copy or an open directory may have left to them. Other files in the directory, and links, are let
 * be. Names, relative to the directory, of what others may use all the same. On Windows, where files
 * have the rights of their directory, that is the key or nothing, and nothing is changed.
 */
export function closeToOthers(directory: string): string[] {
  if (process.platform === 'win32') {
    const key = namesIn(directory).find((name) => name === keyName);
    return key !== undefined && isOpenToMany(join(directory, key)) === true ? [key] : [];
  }
  const files = namesIn(directory).filter((name) => ownNames.some((own) => name.startsWith(own)));
  const inFolders = ownFolders.flatMap((folder) => [
    folder,
    ...namesIn(join(directory, folder)).map((name) => join(folder, name)),
  ]);
  return [...files, ...inFolders].filter((name) => !isClosed(join(directory, name)));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** True as well for what is gone, a link, or no file of this kind. */
function isClosed(path: string): boolean {
  const found = statOf(path);
  if (!found || (!found.isFile() && !found.isDirectory())) return true;
  if ((found.mode & forOthers) === 0) return true;
  try {
    // By its descriptor: the name may have become a link to another file meanwhile.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      fchmodSync(descriptor, found.isDirectory() ? privateFolderMode : privateFileMode);
      return (fstatSync(descriptor).mode & forOthers) === 0;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
