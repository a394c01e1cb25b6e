import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { privateFileMode } from '../base/own-files.ts';
import { applicationId, readNumber, schemaVersion } from '../store/schema.ts';
import {
  type BackupEntry,
  BackupFailure,
  backupKind,
  backupKindPrefix,
  type BackupManifest,
  type EntryName,
  identityEntrySchema,
  manifestBytesMax,
  manifestSchema,
} from './backup-format.ts';
import { countLedger } from './count-ledger.ts';
import { unlockIdentity } from './identity-lock.ts';
import { chunkBytes, writeAll } from './write-all.ts';

/** A backup of which every byte was read and found to be what was written. */
export interface VerifiedBackup {
  manifest: BackupManifest;
  bytes: number;
  /** Where its ledger was unpacked to. */
  ledgerFile: string;
  /** The small entries that are in it. */
  texts: Partial<Record<Exclude<EntryName, 'ledger.db' | 'identity'>, string>>;
  /** Files of the identity by name; null: it is not in it, or no passphrase was given. */
  identity: Record<string, string> | null;
}

/** Longest small entry, in bytes. */
const textBytesMax = 4 * 1024 * 1024;

/**
 * Reads a backup as a whole: its sums, its ledger page by page, and with a passphrase its identity. The ledger is
 * unpacked to `ledgerFile`, which must not be there and is there durably when this resolves.
 *
 * @throws {BackupFailure} BACKUP_UNREADABLE, BACKUP_DAMAGED, BACKUP_NEWER, PASSPHRASE_WRONG; then no
 * ledger is left there
 */
export async function readBackup(
  file: string,
  ledgerFile: string,
  passphrase: string | null,
): Promise<VerifiedBackup> {
  const descriptor = openBackup(file);
  try {
    const { manifest, length } = readManifest(descriptor, file);
    const bytes = length + manifest.entries.reduce((sum, entry) => sum + entry.bytes, 0);
    if (fstatSync(descriptor).size !== bytes) {
      throw damaged(file, 'it is not as long as it was written');
    }
    const found = readEntries(descriptor, { file, manifest, length, ledgerFile });
    checkLedger(file, ledgerFile, manifest);
    const identity = await openIdentity(file, manifest, found.locked, passphrase);
    return { manifest, bytes, ledgerFile, texts: found.texts, identity };
  } catch (error) {
    rmSync(ledgerFile, { force: true });
    if (error instanceof BackupFailure) throw error;
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  } finally {
    closeSync(descriptor);
  }
}

function openBackup(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  }
}

function readManifest(
  descriptor: number,
  file: string,
): { manifest: BackupManifest; length: number } {
  const head = Buffer.alloc(backupKind.length + manifestBytesMax);
  const text = head.toString('utf8', 0, readSync(descriptor, head, 0, head.length, 0));
  const [kind = '', json = '', sum = ''] = text.split('\n', 3);
  if (!kind.startsWith(backupKindPrefix)) throw unreadable(file, 'it is no backup of Understudy');
  if (kind !== backupKind) throw newer(file);
  if (createHash('sha256').update(json).digest('hex') !== sum) {
    throw damaged(file, 'its table of contents is not what was written');
  }
  const manifest = manifestSchema.safeParse(JSON.parse(json));
  if (!manifest.success) throw damaged(file, 'its table of contents is not one of a backup');
  if (manifest.data.ledgerFormat > schemaVersion) throw newer(file);
  const length = Buffer.byteLength(`${kind}\n${json}\n${sum}\n`);
  return { manifest: manifest.data, length };
}

interface Unpacking {
  file: string;
  manifest: BackupManifest;
  /** Where the entries begin. */
  length: number;
  ledgerFile: string;
}

function readEntries(
  descriptor: number,
  { file, manifest, length, ledgerFile }: Unpacking,
): { texts: VerifiedBackup['texts']; locked: Buffer | null } {
  const texts: VerifiedBackup['texts'] = {};
  let locked: Buffer | null = null;
  let at = length;
  for (const entry of manifest.entries) {
    if (entry.name === 'ledger.db') unpack(descriptor, entry, { at, file, to: ledgerFile });
    else {
      const data = readSmall(descriptor, entry, { at, file });
      if (entry.name === 'identity') locked = data;
      else texts[entry.name] = data.toString('utf8');
    }
    at += entry.bytes;
  }
  return { texts, locked };
}

interface Place {
  file: string;
  at: number;
}

function readSmall(descriptor: number, entry: BackupEntry, place: Place): Buffer {
  if (entry.bytes > textBytesMax) throw damaged(place.file, `${entry.name} in it is too long`);
  const parts: Buffer[] = [];
  readChecked(descriptor, entry, place, (chunk) => parts.push(Buffer.from(chunk)));
  return Buffer.concat(parts);
}

function unpack(descriptor: number, entry: BackupEntry, place: Place & { to: string }): void {
  const output = openSync(place.to, 'wx', privateFileMode);
  try {
    readChecked(descriptor, entry, place, (chunk) => writeAll(output, chunk));
    fsyncSync(output);
  } finally {
    closeSync(output);
  }
}

function readChecked(
  descriptor: number,
  { name, bytes, sha256 }: BackupEntry,
  { file, at }: Place,
  take: (chunk: Buffer) => void,
): void {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(Math.min(chunkBytes, bytes));
  for (let done = 0; done < bytes;) {
    const wanted = Math.min(chunk.length, bytes - done);
    const read = readSync(descriptor, chunk, 0, wanted, at + done);
    if (read === 0) throw damaged(file, 'it ends too early');
    hash.update(chunk.subarray(0, read));
    take(chunk.subarray(0, read));
    done += read;
  }
  if (hash.digest('hex') !== sha256) throw damaged(file, `${name} in it is not what was written`);
}

/** Every page, and that it is the ledger that the table of contents speaks of. */
function checkLedger(file: string, ledgerFile: string, manifest: BackupManifest): void {
  const database = new DatabaseSync(ledgerFile, { readOnly: true });
  try {
    if (readNumber(database, 'application_id') !== applicationId) {
      throw damaged(file, 'the ledger in it is none of Understudy');
    }
    const row = database.prepare('PRAGMA integrity_check').get();
    const finding = String(Object.values(row ?? {})[0]);
    if (finding !== 'ok') throw damaged(file, `the ledger in it: ${finding.split('\n')[0]}`);
    const { licenses, leases } = countLedger(database);
    if (licenses !== manifest.licenses || leases !== manifest.leases) {
      throw damaged(file, 'the ledger in it has not what its table of contents says');
    }
  } finally {
    database.close();
  }
}

async function openIdentity(
  file: string,
  manifest: BackupManifest,
  data: Buffer | null,
  passphrase: string | null,
): Promise<VerifiedBackup['identity']> {
  const { identity } = manifest;
  if ((identity === null) !== (data === null)) {
    throw damaged(file, "the server's key in it is incomplete");
  }
  if (!identity || !data || passphrase === null) return null;
  const plain = await unlockIdentity(data, identity, passphrase, manifest);
  return identityEntrySchema.parse(JSON.parse(plain.toString('utf8'))).files;
}

function unreadable(file: string, cause: string): BackupFailure {
  return new BackupFailure('BACKUP_UNREADABLE', `The backup ${file} cannot be read: ${cause}.`);
}

function damaged(file: string, cause: string): BackupFailure {
  return new BackupFailure(
    'BACKUP_DAMAGED',
    `The backup ${file} is damaged: ${cause}. Use another one; nothing was changed.`,
  );
}

function newer(file: string): BackupFailure {
  return new BackupFailure(
    'BACKUP_NEWER',
    `The backup ${file} was written by a newer version of Understudy. Install that version first; ` +
      'nothing was changed.',
  );
}
