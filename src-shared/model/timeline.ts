import { z } from 'zod';
import { epochMsSchema, instantSchema, serverIdSchema } from './scalars.ts';

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
  'identityCopied',
  'directoryPutBack',
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

/** An entry as the server keeps it that recorded it, and as it goes to others. */
export const recordedEventSchema = z.object({
  /** Number within the ledger or the journal. */
  sequence: z.int().min(0),
  server: serverIdSchema,
  atMs: epochMsSchema,
  kind: timelineKindSchema,
  severity: severitySchema,
  message: z.string().max(4_096),
  license: z.string().max(128).optional(),
  lease: z.string().max(64).optional(),
});
