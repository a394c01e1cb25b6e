import { existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BackupSummary } from '../../../src-shared/model/backup.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { readTextIfPresent, syncDirectory, writeWholeFile } from '../../files/whole-file.ts';
import { emptyIfNotText } from '../../files/text-file.ts';
import { type DataDirectory, openDataDirectory } from '../base/data-directory.ts';
import { noteRestored } from '../identity/boots.ts';
import { identityFiles } from '../identity/identity-files.ts';
import { parseIdentityKey } from '../identity/key-file.ts';
import { forgetLoss, writeLoss } from '../store/data-loss.ts';
import { asideNameOf, setLedgerAside } from '../store/set-aside.ts';
import { BackupFailure, summarize } from './backup-format.ts';
import { readBackup, type VerifiedBackup } from './read-backup.ts';

export interface RestoreOptions {
  file: string;
  dataDirectory: string;
  /** What the server's key in the backup is under; null: it is not to be restored. */
  passphrase: string | null;
  /** Also where a server is already, of which nothing is deleted. */
  replace: boolean;
  nowMs: number;
}

export interface RestoredBackup {
  backup: BackupSummary;
  dataDirectory: string;
  /** The server's key was restored, and not there before. */
  keyRestored: boolean;
  /** Names of the ledger and the key that were there before and were kept; empty: none were. */
  setAside: string[];
}

/**
 * Puts a backup in the place of a server that does not run. The whole backup is verified before anything
 * is touched. What was there is renamed. Until the end the directory says that data is missing in it, so that a
 * restore that was cut short is noticed at the next start.
 *
 * The restored server is one that was put back (protocol section 3b): it names no start that others know, and
 * where other servers are members it serves only when they have given it what they have, or an admin
 * accepts the loss.
 *
 * @throws {BackupFailure} with nothing changed; {NodeStartFailure} a server runs on the directory, or it cannot
 * be used
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoredBackup> {
  const directory = openDataDirectory(options.dataDirectory);
  try {
    return await restoreInto(directory, options);
  } finally {
    directory.release();
  }
}

async function restoreInto(
  directory: DataDirectory,
  { file, passphrase, replace, nowMs }: RestoreOptions,
): Promise<RestoredBackup> {
  const unpacked = `${directory.ledgerFile}.restored`;
  rmSync(unpacked, { force: true });
  const backup = await readBackup(file, unpacked, passphrase);
  try {
    const ownId = await ownIdOf(directory);
    refuseOccupied(directory, replace);
    const keyFiles = chooseKey(backup, ownId);
    const createdAt = backup.manifest.createdAt;
    const cause = `A backup of ${createdAt} was being restored here`;
    await writeLoss(directory.dataLossFile, { noticedMs: nowMs, kind: 'missing', cause });
    const setAside = await putAside(directory, keyFiles !== null, nowMs);
    if (keyFiles) await putIdentity(directory, keyFiles);
    await putTexts(directory, backup);
    await replaceFile(unpacked, directory.ledgerFile);
    // Others know a start of this server that it does not name any more.
    await noteRestored(directory.bootsFile, createdAt);
    await syncDirectory(directory.path);
    await settleLoss(directory, backup, nowMs);
    return {
      backup: summarize(backup.manifest, backup.bytes),
      dataDirectory: directory.path,
      keyRestored: keyFiles !== null,
      setAside,
    };
  } finally {
    rmSync(unpacked, { force: true });
  }
}

/** Id of the server that is there; null: there is none, or none that can be told. */
async function ownIdOf({ path }: DataDirectory): Promise<string | null> {
  const text = await readTextIfPresent(join(path, identityFiles.key)).catch(emptyIfNotText);
  return (text === undefined ? undefined : parseIdentityKey(text))?.id ?? null;
}

function refuseOccupied({ path, ledgerFile }: DataDirectory, replace: boolean): void {
  const isOccupied = existsSync(ledgerFile) || existsSync(join(path, identityFiles.key));
  if (!isOccupied || replace) return;
  throw new BackupFailure(
    'RESTORE_REFUSED',
    `There is a server in ${path} already. Restore into another directory with --data-dir, or with ` +
      '--replace in the place of that one, whose ledger is then put aside. Nothing was changed.',
  );
}

/** Files of the key to restore; null: the server that is there is the one of the backup. */
function chooseKey(
  { manifest, identity }: VerifiedBackup,
  ownId: string | null,
): Record<string, string> | null {
  const { id, name } = manifest.server;
  if (ownId === id) return null;
  if (!manifest.identity) {
    throw new BackupFailure(
      'RESTORE_REFUSED',
      `The backup is of ${name} (${id}) and has not its key. It can be restored in the data directory ` +
        'of that server alone; for another host, make one there with --with-identity. Nothing was ' +
        'changed.',
    );
  }
  if (!identity) {
    throw new BackupFailure(
      'PASSPHRASE_NEEDED',
      `The key of ${name} in the backup is under a passphrase. Give the file with it with ` +
        '--passphrase-file. Nothing was changed.',
    );
  }
  if (parseIdentityKey(identity[identityFiles.key] ?? '')?.id === id) return identity;
  throw new BackupFailure(
    'BACKUP_DAMAGED',
    `The key in the backup is not that of ${name}. Use another backup; nothing was changed.`,
  );
}

/** What says who a server is, and whom it knows. */
const filesOfServer = [...Object.values(identityFiles), 'server.json', 'paired-servers.json'];

async function putAside(
  directory: DataDirectory,
  whole: boolean,
  nowMs: number,
): Promise<string[]> {
  const { path, ledgerFile } = directory;
  const had = [ledgerFile, `${ledgerFile}-wal`].some((name) => existsSync(name));
  // The mark goes as well, whose ledger it is.
  const aside = setLedgerAside(ledgerFile, nowMs);
  const names = had ? [basename(aside)] : [];
  if (!whole) return names;
  for (const name of filesOfServer) {
    const kept = asideNameOf(name, nowMs);
    if (!existsSync(join(path, name))) continue;
    await replaceFile(join(path, name), join(path, kept));
    if (name === identityFiles.key) names.push(kept);
  }
  return names;
}

async function putIdentity({ path }: DataDirectory, files: Record<string, string>): Promise<void> {
  const { certificate, formerKeys, key } = identityFiles;
  // The key is last: a certificate without one is noticed.
  for (const name of [certificate, formerKeys, key]) {
    const text = files[name];
    if (text !== undefined) await writeWholeFile(join(path, name), text);
  }
}

async function putTexts(
  { settingsFile, pairedServersFile }: DataDirectory,
  { texts }: VerifiedBackup,
): Promise<void> {
  const places = { 'server.json': settingsFile, 'paired-servers.json': pairedServersFile };
  for (const [name, path] of Object.entries(places)) {
    const text = texts[name as keyof typeof places];
    // A file of the server that is there is newer than the one in its backup.
    if (text === undefined || existsSync(path)) continue;
    await writeWholeFile(path, text);
  }
}

async function settleLoss(
  { dataLossFile }: DataDirectory,
  { manifest }: VerifiedBackup,
  nowMs: number,
): Promise<void> {
  if (manifest.sharedLedgers === 0) return forgetLoss(dataLossFile);
  const cause = `A backup of ${manifest.createdAt} was restored here`;
  await writeLoss(dataLossFile, { noticedMs: nowMs, kind: 'restored', cause });
}
