import { z } from 'zod';
import { policySchema } from '../model/relationship.ts';

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
export type BackupPlan = z.output<typeof backupPlanSchema>;

/** A triad: the licences of `primary` are kept by three, two of which must reach each other. */
const triadPlanSchema = z.strictObject({
  kind: z.literal('triad'),
  primary: serverReferenceSchema,
  secondary: serverReferenceSchema,
  tertiary: serverReferenceSchema,
});

/** Which servers are to protect each other, and how. */
export const relationshipPlanSchema = z.discriminatedUnion('kind', [
  backupPlanSchema,
  triadPlanSchema,
]);
export type RelationshipPlan = z.output<typeof relationshipPlanSchema>;
