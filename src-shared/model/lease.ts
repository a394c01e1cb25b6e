import { z } from 'zod';
import { instantSchema, leaseIdSchema, licenseIdSchema, textSchema } from './scalars.ts';

/**
 * Who holds a seat. Instance, user and host together are the identity of the holder: cloned computers,
 * or two people with one profile, may have the same `instance`.
 */
export const holderSchema = z.object({
  instance: textSchema(128),
  user: textSchema(128),
  host: textSchema(255),
  app: textSchema(128).optional(),
});

export type Holder = z.infer<typeof holderSchema>;

/** What tells one holder from every other. */
export type HolderIdentity = Pick<Holder, 'instance' | 'user' | 'host'>;

export function isSameHolder(a: HolderIdentity, b: HolderIdentity): boolean {
  return a.instance === b.instance && a.user === b.user && a.host === b.host;
}

/**
 * A lease as the ledger keeps it. When it runs out is not part of it: see
 * `core/ledger/lease-clock.ts`.
 */
export const leaseSchema = z.object({
  id: leaseIdSchema,
  licenseId: licenseIdSchema,
  product: z.string(),
  feature: z.string(),
  units: z.int().min(1),
  holder: holderSchema,
  grantedAtMs: z.int(),
  /** Null: an ordinary lease, kept alive by renewals. */
  borrowUntilMs: z.int().nullable(),
  /** Number of the request that it was granted for, of a client that counts them. */
  request: z.int().min(0).optional(),
  /** The latest end that the holder was ever told, where it borrowed for longer before. */
  borrowedUpToMs: z.int().optional(),
});
export type Lease = z.infer<typeof leaseSchema>;

/** A lease as `understudy lease list` shows it. */
export const listedLeaseSchema = z.object({
  id: leaseIdSchema,
  license: licenseIdSchema,
  product: z.string(),
  feature: z.string(),
  units: z.int(),
  holder: holderSchema,
  grantedAt: instantSchema,
  /** When it ends unless it is renewed. */
  expiresAt: instantSchema,
  borrowUntil: instantSchema.optional(),
});
export type ListedLease = z.infer<typeof listedLeaseSchema>;
