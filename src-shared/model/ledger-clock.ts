import { z } from 'zod';

/** How a ledger stands to the clock of this host (protocol section 8). */
export const ledgerClockSchema = z.object({
  /** How far the host's clock is ahead of the ledger's time, in ms, to the second; negative: behind. */
  aheadMs: z.int(),
  /** `unconfirmed`: the clock is ahead and not believed. `behind`: the ledger's time goes on alone. */
  state: z.enum(['believed', 'unconfirmed', 'behind']),
  /** Until the clock in doubt has stood for long enough; null: it is not in doubt. */
  confirmsInSeconds: z.int().nullable(),
});
export type LedgerClock = z.infer<typeof ledgerClockSchema>;
