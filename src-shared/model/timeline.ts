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
  'licenseDamaged',
  'licenseRepaired',
  'seatsExhausted',
  'seatsAvailable',
  'leaseReleased',
  'vendorTrusted',
  'vendorForgotten',
  'settingsChanged',
  'clockSetBack',
  'clockSetForward',
  'clockBelieved',
  'clockAccepted',
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
  'failoverBegan',
  'failoverEnded',
  'switchedOver',
  'servingLost',
  'syncLost',
  'syncRegained',
  'ledgersMerged',
  'readinessLost',
  'readinessRegained',
  'relationshipCreated',
  'relationshipChanged',
  'relationshipDissolved',
  'drillFinished',
]);
export type TimelineKind = z.infer<typeof timelineKindSchema>;

export const severitySchema = z.enum(['info', 'warning', 'error']);
export type Severity = z.infer<typeof severitySchema>;

/**
 * One entry of the timeline, which is one story over all servers of a relationship. `sequence` is the
 * number at the server that was asked and rises as entries become known there; `server` recorded it.
 */
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
