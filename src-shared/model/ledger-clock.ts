import { z } from 'zod';
import { instantSchema } from './scalars.ts';

/** What time a ledger goes by on this server, and what its host's clock says (protocol section 8). */
export const ledgerClockSchema = z.object({
  ledgerTime: instantSchema,
  hostTime: instantSchema,
  /** How far the host's clock is ahead, in ms; negative: behind. */
  aheadMs: z.int(),
  /** `unconfirmed`: the clock is ahead and not believed. `behind`: the ledger's time goes on alone. */
  state: z.enum(['believed', 'unconfirmed', 'behind']),
  /** Until the clock in doubt has stood for long enough; null: it is not in doubt. */
  confirmsInSeconds: z.int().nullable(),
});
export type LedgerClock = z.infer<typeof ledgerClockSchema>;
