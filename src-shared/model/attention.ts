import { z } from 'zod';
import { severitySchema } from './timeline.ts';

/** In the order in which the window has them. */
export const tabSchema = z.enum([
  'overview',
  'licences',
  'servers',
  'failover',
  'leases',
  'usage',
  'timeline',
  'settings',
]);
export type Tab = z.infer<typeof tabSchema>;

/** Something that the admin should look at. `key` is the cause: one notification a cause. */
export const attentionSchema = z.object({
  key: z.string(),
  severity: severitySchema,
  title: z.string(),
  text: z.string(),
  /** The tab that explains it. */
  tab: tabSchema,
  license: z.string().optional(),
});
export type Attention = z.infer<typeof attentionSchema>;
