import { z } from 'zod';

/** Bytes of a megabyte, as the bounds of history count it. */
export const megabyte = 1_000_000;

const useSchema = z.object({
  count: z.int(),
  countMax: z.int(),
  /** About what it takes on the disk. */
  bytes: z.int(),
  bytesMax: z.int(),
});

/** How much usage and timeline a server keeps, and how much it may before the oldest goes. */
export const historyUseSchema = z.object({ usage: useSchema, timeline: useSchema });
export type HistoryUse = z.infer<typeof historyUseSchema>;
