import { z } from 'zod';
import { licenseServersMax } from './license.ts';
import { instantSchema, serverIdSchema, serverNameLengthMax, textSchema } from './scalars.ts';

/** `typ` of the protected header of a request file. */
export const serverRequestJwsType = 'understudy-request+jws';

/** What an admin sends to a vendor: the servers that a licence is to name (docs/licence-file.md). */
export const serverRequestSchema = z.object({
  format: z.literal('understudy-request/1'),
  /** The one that signed is one of them. */
  servers: z
    .array(z.object({ id: serverIdSchema, name: textSchema(serverNameLengthMax) }))
    .min(1)
    .max(licenseServersMax),
  requestedAt: instantSchema,
});
export type ServerRequest = z.infer<typeof serverRequestSchema>;
