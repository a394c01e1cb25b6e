import { z } from 'zod';
import { instantSchema, serverIdSchema } from './scalars.ts';

/** Some of what a server had written is not there any more, and it does not serve until that is settled. */
export const missingDataSchema = z.object({
  noticedAt: instantSchema,
  /** What is missing, and what becomes of it. */
  message: z.string(),
  /** What others have that is lost when an admin accepts the loss; null: nothing that is known of. */
  warning: z.string().nullable(),
  /** Servers that may have it. */
  givers: z.array(serverIdSchema),
});
export type MissingDataStatus = z.infer<typeof missingDataSchema>;
