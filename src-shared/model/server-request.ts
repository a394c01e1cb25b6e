import { z } from 'zod';
import { instantSchema, serverIdSchema, serverNameLengthMax, textSchema } from './scalars.ts';

/** `typ` of the protected header of a request file. */
export const serverRequestJwsType = 'understudy-request+jws';

/** Most servers that one licence can name. */
const serversMax = 11;

/** What an admin sends to a vendor: the servers that a licence is to name (docs/licence-file.md). */
export const serverRequestSchema = z.object({
  format: z.literal('understudy-request/1'),
  /** The one that signed is one of them. */
  servers: z
    .array(z.object({ id: serverIdSchema, name: textSchema(serverNameLengthMax) }))
    .min(1)
    .max(serversMax),
  requestedAt: instantSchema,
});
export type ServerRequest = z.infer<typeof serverRequestSchema>;
