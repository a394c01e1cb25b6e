import { z } from 'zod';
import { instantSchema, serverIdSchema } from './scalars.ts';

export const timelineKindSchema = z.enum([
  'serverStarted',
  'serverStopped',
  'serverSuspended',
  'licenseInstalled',
  'licenseReplaced',
  'licenseRolledBack',
  'licenseRemoved',
  'licenseRefused',
  'licenseExpiring',
  'licenseExpired',
  'licenseStarted',
  'seatsExhausted',
  'seatsAvailable',
  'leaseReleased',
  'vendorTrusted',
  'vendorForgotten',
  'settingsChanged',
  'clockSetBack',
  'clockSetForward',
  'storeFailed',
  'storeRecovered',
  'storeSetAside',
  'serverPaired',
  'serverForgotten',
  'serverConnected',
  'serverDisconnected',
  'pairingRefused',
  'clockDiffers',
  'overdraftBegan',
  'overdraftEnded',
]);
export type TimelineKind = z.infer<typeof timelineKindSchema>;

export const severitySchema = z.enum(['info', 'warning', 'error']);
export type Severity = z.infer<typeof severitySchema>;

/** One entry of the timeline. `sequence` rises by server, so (server, sequence) is its identity. */
export const timelineEventSchema = z.object({
  sequence: z.int(),
  server: serverIdSchema,
  at: instantSchema,
  kind: timelineKindSchema,
  severity: severitySchema,
  /** A sentence for the admin. */
  message: z.string(),
  /** The licence or lease that it is about. */
  license: z.string().optional(),
  lease: z.string().optional(),
});
export type TimelineEvent = z.infer<typeof timelineEventSchema>;
