import { z } from 'zod';
import type { BackupSummary } from '../../../src-shared/model/backup.ts';
import {
  instantSchema,
  serverIdSchema,
  serverNameLengthMax,
} from '../../../src-shared/model/scalars.ts';
import { lockedKeySchema } from '../licensing/locked-key.ts';

// A backup is one file: a line with its kind, a line with the manifest as JSON, a line with the SHA-256 of
// that line, and then the entries, byte for byte and in the order of the manifest.

/** The first line of a backup of this format. */
export const backupKind = 'understudy-backup/1';

/** What the first lines of every format begin with. */
export const backupKindPrefix = 'understudy-backup/';

/** Longest manifest that is read, in bytes. */
export const manifestBytesMax = 64 * 1024;

/** Entries by name. Only `ledger.db` is always there. */
export const entryNames = ['ledger.db', 'server.json', 'paired-servers.json', 'identity'] as const;
export type EntryName = (typeof entryNames)[number];

const entrySchema = z.strictObject({
  name: z.enum(entryNames),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BackupEntry = z.infer<typeof entrySchema>;

/** How the entry `identity` is encrypted: AES-256-GCM with a key that is locked by a passphrase. */
const lockedIdentitySchema = z.strictObject({
  key: lockedKeySchema,
  iv: z.base64url().length(16),
  tag: z.base64url().length(22),
});
export type LockedIdentity = z.infer<typeof lockedIdentitySchema>;

export const manifestSchema = z.strictObject({
  server: z.strictObject({ id: serverIdSchema, name: z.string().max(serverNameLengthMax) }),
  /** Version of Understudy that wrote it. */
  version: z.string().max(64),
  createdAt: instantSchema,
  /** Format of the ledger file in it. */
  ledgerFormat: z.int().min(1),
  /** What the ledger file has. */
  licenses: z.int().min(0),
  leases: z.int().min(0),
  /** Ledgers in it of which other servers are members. */
  sharedLedgers: z.int().min(0),
  /** Null: the server's key is not in it. */
  identity: lockedIdentitySchema.nullable(),
  entries: z.array(entrySchema).min(1).max(entryNames.length),
});
export type BackupManifest = z.infer<typeof manifestSchema>;

/** What the identity of a server consists of, by the names of its files. */
export const identityEntrySchema = z.strictObject({
  files: z.record(z.string().max(64), z.string().max(1024 * 1024)),
});

export type BackupFailureCode =
  /** The file is no backup, or cannot be read. */
  | 'BACKUP_UNREADABLE'
  /** The file is not what was written. */
  | 'BACKUP_DAMAGED'
  /** A newer version of Understudy wrote it. */
  | 'BACKUP_NEWER'
  | 'BACKUP_NOT_WRITTEN'
  /** The passphrase is missing or another one. */
  | 'PASSPHRASE_NEEDED'
  | 'PASSPHRASE_WRONG'
  /** A backup cannot be restored into this directory. */
  | 'RESTORE_REFUSED';

/** An expected failure; the message says what to do. */
export class BackupFailure extends Error {
  override name = 'BackupFailure';
  readonly code: BackupFailureCode;
  constructor(code: BackupFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function summarize(manifest: BackupManifest, bytes: number): BackupSummary {
  const { server, version, createdAt, licenses, leases, sharedLedgers, identity } = manifest;
  return {
    ...{ server, version, createdAt, licenses, leases, sharedLedgers },
    identity: identity !== null,
    bytes,
  };
}
