import { z } from 'zod';
import { ledgerMembersMax } from '../model/ledger-config.ts';
import { policySchema, poolNameSchema } from '../model/relationship.ts';

/** A server's id, the beginning of one (8 or more), or its name. */
export const serverReferenceSchema = z.string().min(1).max(64);

/** A backup: `main` is protected by `backup`, and with `mutual` the other way round too. */
const backupPlanSchema = z.strictObject({
  kind: z.literal('backup'),
  main: serverReferenceSchema,
  backup: serverReferenceSchema,
  mutual: z.boolean().default(false),
  /** Only with the policy `strict`, which needs one. */
  witness: serverReferenceSchema.optional(),
  policy: policySchema.default('available'),
});

/** A triad: the licences of `primary` are kept by three, two of which must reach each other. */
const triadPlanSchema = z.strictObject({
  kind: z.literal('triad'),
  primary: serverReferenceSchema,
  secondary: serverReferenceSchema,
  tertiary: serverReferenceSchema,
});

/** A pool: the licences of the first are kept by all, in the order in which they come to serve. */
const poolPlanSchema = z.strictObject({
  kind: z.literal('pool'),
  name: poolNameSchema,
  servers: z.array(serverReferenceSchema).min(2).max(ledgerMembersMax),
});

/** Which servers are to protect each other, and how. */
export const relationshipPlanSchema = z.discriminatedUnion('kind', [
  backupPlanSchema,
  triadPlanSchema,
  poolPlanSchema,
]);
export type RelationshipPlan = z.output<typeof relationshipPlanSchema>;

/**
 * One of several relationships of a server: its id, the beginning of one (8 or more), the name of a pool, or
 * the name or id of another server that takes part in that one alone. A server that is in one needs none.
 */
export const relationshipReferenceSchema = z.string().min(1).max(64);

const which = { relationship: relationshipReferenceSchema.optional() };

/** A change of who keeps the licences of a relationship, while it stands. */
export const memberChangeSchema = z.discriminatedUnion('change', [
  z.strictObject({ change: z.literal('add'), server: serverReferenceSchema, ...which }),
  z.strictObject({ change: z.literal('remove'), server: serverReferenceSchema, ...which }),
  /** `by` gets the place of `server`, which need not be alive. */
  z.strictObject({
    change: z.literal('replace'),
    server: serverReferenceSchema,
    by: serverReferenceSchema,
    ...which,
  }),
  /** All members in the order in which they are to serve. */
  z.strictObject({
    change: z.literal('order'),
    servers: z.array(serverReferenceSchema).min(2).max(ledgerMembersMax),
    ...which,
  }),
]);
export type MemberChange = z.output<typeof memberChangeSchema>;
