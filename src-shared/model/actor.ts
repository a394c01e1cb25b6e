import { z } from 'zod';
import { serverIdSchema } from './scalars.ts';

/**
 * By whom something was done. `admin`: an account of the operating system at `server`, as that server
 * says; `server`: another server, for itself; `client`: a holder, as it names itself; `system`: nobody's
 * order.
 */
export const actorSchema = z.object({
  kind: z.enum(['admin', 'server', 'client', 'system']),
  name: z.string().max(300),
  /** Where it was ordered or happened. */
  server: serverIdSchema,
});
export type Actor = z.infer<typeof actorSchema>;

export function systemActor(server: string): Actor {
  return { kind: 'system', name: 'Understudy', server };
}
