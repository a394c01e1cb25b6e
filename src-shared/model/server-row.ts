import { z } from 'zod';
import { allowedSchema, consentSchema } from './consent.ts';
import { reasonSchema } from './reason.ts';
import { instantSchema, serverIdSchema } from './scalars.ts';

/** Another server as admins see it. */
export const serverRowSchema = z.object({
  /** Fingerprint of its key, read from the key itself. */
  id: serverIdSchema,
  name: z.string(),
  /** `host:port` of the connection, else the likeliest; empty when none is known. */
  address: z.string(),
  /** The server was found on the network or at a fixed address. */
  discovered: z.boolean(),
  /** The key of the server is accepted here. */
  paired: z.boolean(),
  connected: z.boolean(),
  synchronised: z.boolean(),
  /** The clock of the server is so much ahead of ours; null while it was not measured. */
  clockDifferenceMs: z.int().nullable(),
  roundTripMs: z.number().nullable(),
  /** Of Understudy; null until it has been connected. */
  version: z.string().nullable(),
  pairedAt: instantSchema.nullable(),
  /** `ended`: the other server has ended it. */
  pairing: z.enum(['none', 'paired', 'ended']),
  /** When its directory was last found to have been put back; null: never. */
  putBackAt: instantSchema.nullable(),
  /** Why a paired server is not connected, or that a second one has its identity. */
  problem: reasonSchema.nullable(),
  addresses: z.array(z.string()),
  /** What an admin here lets it have of this server. */
  consent: consentSchema,
});
export type ServerRow = z.infer<typeof serverRowSchema>;

/** The open invitation; its code is shown only to the one who made it. */
export const invitationStatusSchema = z.object({
  expiresAt: instantSchema,
  /** What the server that pairs with it may do. */
  allowed: allowedSchema,
  /** Who has tried wrong codes with it, the latest first. */
  wrongTries: z.array(
    z.object({
      /** IPv6: the /64. */
      address: z.string(),
      count: z.int(),
      lastAt: instantSchema,
      /** What the server called itself that tried last; nothing proves it. */
      name: z.string(),
      /** The address has used its tries up: nothing more is taken from there. */
      shut: z.boolean(),
    }),
  ),
  /** Addresses that did so too, and are not listed. */
  moreSources: z.int(),
});
export type InvitationStatus = z.infer<typeof invitationStatusSchema>;
