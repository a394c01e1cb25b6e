import { z } from 'zod';
import { instantSchema, serverIdSchema } from './scalars.ts';

/** A server that takes this one for paired, and is not known here. The name is what it calls itself. */
export const strangerSchema = z.object({
  id: serverIdSchema,
  name: z.string(),
  /** When it last called. */
  at: instantSchema,
});
export type Stranger = z.infer<typeof strangerSchema>;
