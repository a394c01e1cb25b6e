import { z } from 'zod';
import { actorSchema } from './actor.ts';
import { readSaid, saidTextSchema } from './said-text.ts';
import { epochMsSchema, instantSchema, serverIdSchema } from './scalars.ts';

/** What an entry is about, by its kind: an event gives its kind, and a list shows its topic. */
export const timelineTopics = {
  serverStarted: 'server',
  serverStopped: 'server',
  serverSuspended: 'server',
  licenseInstalled: 'license',
  licenseReplaced: 'license',
  licenseRolledBack: 'license',
  licenseRemoved: 'license',
  licenseRefused: 'license',
  licenseExpiring: 'license',
  licenseExpired: 'license',
  licenseStarted: 'license',
  licenseDamaged: 'license',
  licenseRepaired: 'license',
  seatsExhausted: 'seats',
  seatsAvailable: 'seats',
  leaseReleased: 'seats',
  leaseBorrowed: 'seats',
  leaseReturned: 'seats',
  vendorTrusted: 'vendor',
  vendorForgotten: 'vendor',
  settingsChanged: 'settings',
  configRefused: 'settings',
  notificationsLost: 'settings',
  clockSetBack: 'clock',
  clockSetForward: 'clock',
  clockBelieved: 'clock',
  clockAccepted: 'clock',
  storeFailed: 'store',
  storeRecovered: 'store',
  storeSetAside: 'store',
  filesOpenToOthers: 'store',
  backupFailed: 'store',
  dataMissing: 'store',
  dataGivenBack: 'store',
  dataLossAccepted: 'store',
  serverPaired: 'pairing',
  serverForgotten: 'pairing',
  serverConnected: 'connected',
  serverDisconnected: 'disconnected',
  pairingRefused: 'pairing',
  clockDiffers: 'clock',
  identityCopied: 'unprotected',
  directoryPutBack: 'store',
  overdraftBegan: 'seats',
  overdraftEnded: 'seats',
  failoverBegan: 'takeover',
  failoverEnded: 'failback',
  switchedOver: 'takeover',
  servingLost: 'unprotected',
  syncLost: 'synchronisation',
  syncRegained: 'synchronisation',
  ledgersMerged: 'synchronisation',
  readinessLost: 'unprotected',
  readinessRegained: 'protected',
  relationshipAsked: 'pairing',
  consentChanged: 'pairing',
  relationshipCreated: 'protected',
  relationshipChanged: 'protected',
  relationshipDissolved: 'unprotected',
  drillFinished: 'drill',
} as const;
export type TimelineKind = keyof typeof timelineTopics;
export type TimelineTopic = (typeof timelineTopics)[TimelineKind];

export const timelineKindSchema = z.enum(Object.keys(timelineTopics) as TimelineKind[]);

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
  /** By whom; absent in entries of versions that did not know it. */
  actor: actorSchema.optional(),
});
export type TimelineEvent = z.infer<typeof timelineEventSchema>;

/** Longest message of an entry, in characters. */
const messageLengthMax = 4_096;

/**
 * A message as it stands on the timeline. It can have names of files and what others have said in it: one
 * line, with everything hidden in it to be seen, and not too long for other servers to take.
 */
export function timelineMessage(text: string): string {
  return readSaid(text, messageLengthMax);
}

/** An entry as the server keeps it that recorded it, and as it goes to others. */
export const recordedEventSchema = z.object({
  /** Number within the ledger or the journal. */
  sequence: z.int().min(0),
  server: serverIdSchema,
  atMs: epochMsSchema,
  kind: timelineKindSchema,
  severity: severitySchema,
  message: z.string().max(messageLengthMax),
  license: z.string().max(128).optional(),
  lease: z.string().max(64).optional(),
  actor: actorSchema.optional(),
});

/** The same as another server sends it. */
export const heardEventSchema = recordedEventSchema.extend({
  message: saidTextSchema(messageLengthMax),
  license: saidTextSchema(128).optional(),
  lease: saidTextSchema(64).optional(),
  actor: actorSchema.extend({ name: saidTextSchema(300) }).optional(),
});
