import { z } from 'zod';
import { reasonSchema } from './reason.ts';

/** Whether another server could serve if the one that serves now stopped. */
export const readinessSchema = z.object({
  ready: z.boolean(),
  /** Why not. */
  reasons: z.array(reasonSchema),
  /** What the loss of several servers at once would mean, as sentences. */
  together: z.array(z.string()),
});
export type Readiness = z.infer<typeof readinessSchema>;

/** Code of the reason that no member but the one that serves could serve. */
export const noStandbyCode = 'NO_STANDBY';
