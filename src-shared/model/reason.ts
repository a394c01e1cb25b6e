import { z } from 'zod';

/** Why something is as it is: the code for programs, the sentence for people. */
export const reasonSchema = z.object({ code: z.string(), message: z.string() });
export type Reason = z.infer<typeof reasonSchema>;
