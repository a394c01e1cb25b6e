import { z } from 'zod';

/** Why a server that runs does not serve a ledger which it could serve otherwise, as it says itself. */
export const hindranceSchema = z.enum(['incomplete', 'copied', 'replaced', 'storeFailed']);
export type Hindrance = z.infer<typeof hindranceSchema>;
