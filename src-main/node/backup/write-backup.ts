import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BackupSummary } from '../../../src-shared/model/backup.ts';
import { systemCodeOf } from '../../files/system-error.ts';
import { replaceFileSync } from '../../files/replace-file.ts';
import { privateFileMode } from '../base/own-files.ts';
import { identityFiles } from '../identity/identity-files.ts';
import { copyDatabase } from '../store/copy-database.ts';
import { openForReading } from '../store/open-ledger.ts';
import { forgetOpen } from '../store/progress.ts';
import { syncDirectory } from '../store/sync-directory.ts';
import {
  type BackupEntry,
  BackupFailure,
  backupKind,
  type BackupManifest,
  type EntryName,
  summarize,
} from './backup-format.ts';
import { countLedger } from './count-ledger.ts';
import { lockIdentity } from './identity-lock.ts';
import { chunkBytes, writeAll } from './write-all.ts';

export interface WriteBackupOptions {
  dataDirectory: string;
  ledgerFile: string;
  /** Must not be there yet. */
  target: string;
  server: BackupManifest['server'];
  /** Version of Understudy. */
  version: string;
  createdAt: string;
  /** With it the server's key comes along, encrypted. */
  passphrase: string | null;
}

/** Files that are there while a backup is written: the copy of the ledger, and what becomes the backup. */
export function passingFilesOf({
  ledgerFile,
  target,
}: Pick<WriteBackupOptions, 'ledgerFile' | 'target'>): [copy: string, part: string] {
  return [`${ledgerFile}.backup`, `${target}.part`];
}

/**
 * Writes a backup of a server, which may go on serving and writing meanwhile: the ledger in it is that of
 * one instant. Nothing is under the name of the target before all of it is durable there. It takes long and
 * stands still meanwhile, so it is for a thread that serves nobody.
 *
 * @throws {BackupFailure} BACKUP_NOT_WRITTEN, with nothing left of it
 */
export async function writeBackup(options: WriteBackupOptions): Promise<BackupSummary> {
  const { ledgerFile, target } = options;
  if (existsSync(target)) throw isThere(target);
  const [copy, part] = passingFilesOf(options);
  try {
    rmSync(copy, { force: true });
    const counts = copyLedger(ledgerFile, copy);
    const { manifest, contents } = await gather(options, copy, counts);
    const bytes = writeParts(part, manifest, contents);
    publish(part, target);
    return summarize(manifest, bytes);
  } catch (error) {
    if (error instanceof BackupFailure) throw error;
    throw notWritten(target, error instanceof Error ? error.message : String(error));
  } finally {
    for (const path of [copy, part]) rmSync(path, { force: true });
  }
}

function notWritten(target: string, cause: string): BackupFailure {
  return new BackupFailure('BACKUP_NOT_WRITTEN', `The backup ${target} was not written: ${cause}.`);
}

type Counts = ReturnType<typeof countLedger>;

function copyLedger(ledgerFile: string, copy: string): Counts {
  const source = openForReading(ledgerFile);
  try {
    copyDatabase(source, copy);
  } finally {
    source.close();
  }
  const database = new DatabaseSync(copy);
  try {
    forgetOpen(database);
    return countLedger(database);
  } finally {
    database.close();
  }
}

/** An entry is a file, or is made here. */
type Content = { path: string } | { data: Buffer };

async function gather(
  { dataDirectory, server, version, createdAt, passphrase }: WriteBackupOptions,
  copy: string,
  counts: Counts,
): Promise<{ manifest: BackupManifest; contents: Content[] }> {
  const entries: BackupEntry[] = [];
  const contents: Content[] = [];
  const add = (name: EntryName, content: Content) => {
    entries.push({ name, ...measure(content) });
    contents.push(content);
  };
  add('ledger.db', { path: copy });
  for (const name of ['server.json', 'paired-servers.json'] as const) {
    const path = join(dataDirectory, name);
    // Read at once: it may be replaced at any moment.
    if (existsSync(path)) add(name, { data: readFileSync(path) });
  }
  let identity: BackupManifest['identity'] = null;
  if (passphrase !== null) {
    const about = { server, createdAt };
    const { data, locked } = await lockIdentity(readIdentity(dataDirectory), passphrase, about);
    add('identity', { data });
    identity = locked;
  }
  return { manifest: { server, version, createdAt, ...counts, identity, entries }, contents };
}

/** Files of an identity that a restored server needs; a key that was only ordered is ordered again. */
const keptIdentity = [identityFiles.key, identityFiles.certificate, identityFiles.formerKeys];

function readIdentity(dataDirectory: string): Buffer {
  const files = Object.fromEntries(
    keptIdentity.flatMap((name) => {
      const path = join(dataDirectory, name);
      return existsSync(path) ? [[name, readFileSync(path, 'utf8')]] : [];
    }),
  );
  return Buffer.from(JSON.stringify({ files }));
}

function measure(content: Content): Pick<BackupEntry, 'bytes' | 'sha256'> {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const chunk of chunksOf(content)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

function* chunksOf(content: Content): Generator<Buffer> {
  if ('data' in content) {
    yield content.data;
    return;
  }
  const descriptor = openSync(content.path, 'r');
  try {
    const chunk = Buffer.alloc(chunkBytes);
    for (;;) {
      const read = readSync(descriptor, chunk, 0, chunk.length, null);
      if (read === 0) return;
      yield chunk.subarray(0, read);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Returns the length of the file, which is durable then. */
function writeParts(part: string, manifest: BackupManifest, contents: readonly Content[]): number {
  rmSync(part, { force: true });
  const descriptor = openSync(part, 'wx', privateFileMode);
  try {
    const text = JSON.stringify(manifest);
    const sum = createHash('sha256').update(text).digest('hex');
    let bytes = writeAll(descriptor, Buffer.from(`${backupKind}\n${text}\n${sum}\n`));
    for (const content of contents) {
      for (const chunk of chunksOf(content)) bytes += writeAll(descriptor, chunk);
    }
    fsyncSync(descriptor);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

function isThere(target: string): BackupFailure {
  return notWritten(target, 'it exists already. Choose another file name');
}

/** Gives the file its name, which another one may have got meanwhile. */
function publish(part: string, target: string): void {
  try {
    linkSync(part, target);
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST' || existsSync(target)) {
      throw isThere(target);
    }
    // A file system without links, such as that of a memory stick.
    replaceFileSync(part, target);
  }
  syncDirectory(dirname(target));
}
