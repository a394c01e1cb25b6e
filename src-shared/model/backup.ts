import { z } from 'zod';
import { instantSchema, namedServerSchema } from './scalars.ts';

/** What an admin is told of one backup. */
export const backupSummarySchema = z.object({
  server: namedServerSchema,
  /** Version of Understudy that wrote it. */
  version: z.string(),
  createdAt: instantSchema,
  licenses: z.int(),
  leases: z.int(),
  /** Ledgers in it of which other servers are members. */
  sharedLedgers: z.int(),
  /** The server's key is in it, under a passphrase. */
  identity: z.boolean(),
  bytes: z.int(),
});
export type BackupSummary = z.infer<typeof backupSummarySchema>;

/** The backups that a server makes by itself. */
export const backupStatusSchema = z.object({
  /** Where they are. */
  folder: z.string(),
  /** How many are there. */
  count: z.int(),
  last: z
    .object({
      file: z.string(),
      at: instantSchema,
      bytes: z.int(),
      /** When all of it was read last and found to be what was written. */
      verifiedAt: instantSchema,
    })
    .nullable(),
  /** Null: none is made by itself. */
  nextAt: instantSchema.nullable(),
  /** One is being made now. */
  busy: z.boolean(),
  /** Why the last one was not made; null: it was. */
  problem: z.object({ at: instantSchema, message: z.string() }).nullable(),
});
export type BackupStatus = z.infer<typeof backupStatusSchema>;
