import { z } from 'zod';
import { namedServerSchema, serverIdSchema } from './scalars.ts';

/** What comes of ordering a new key for a server, which is its new id too (docs/pairing.md). */
export const keyRotationSchema = z.object({
  /** Id of the server until it is started again. */
  id: serverIdSchema,
  /** Id of the server from then on. */
  nextId: serverIdSchema,
  /** Paired servers that accept both keys now. */
  told: z.array(namedServerSchema),
  /** Paired servers that have to be paired again after that start, unless they are told before. */
  notTold: z.array(namedServerSchema.extend({ reason: z.string() })),
  /** Sentences for the admin: what else depends on the present id. */
  warnings: z.array(z.string()),
});
export type KeyRotation = z.infer<typeof keyRotationSchema>;
