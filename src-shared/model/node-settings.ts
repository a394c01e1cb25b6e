import { z } from 'zod';
import { nameSchema, serverAddressSchema, serverNameLengthMax } from './scalars.ts';

export const logLevelSchema = z.enum(['error', 'warn', 'info', 'debug']);
export type LogLevel = z.infer<typeof logLevelSchema>;

/** Host to listen on: a name, an IPv4 or an IPv6 address without brackets. */
const listenHostSchema = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9.:%_-]+$/, 'must be a host name or an address');

export const clientAddressesMax = 8;
export const fixedPeersMax = 32;

/** Settings of one server, kept in its data directory; a changed one takes effect at once. */
export const nodeSettingsSchema = z.strictObject({
  /** The name that admins and clients see. */
  name: nameSchema(serverNameLengthMax),
  listenHost: listenHostSchema,
  listenPort: z.int().min(0).max(65_535),
  /**
   * Addresses at which clients reach this server, the best first; empty: those of this host, and its
   * name.
   */
  clientAddresses: z.array(serverAddressSchema).max(clientAddressesMax),
  logLevel: logLevelSchema,
  /** Requests of one client address in a second before it gets 429, 10 to 1,000,000. */
  requestsPerSecondMax: z.int().min(10).max(1_000_000),
  /** Open client connections before new ones are refused, 16 to 65,536. */
  connectionsMax: z.int().min(16).max(65_536),
  /** Days that usage records are kept, 30 to 3,650. */
  usageKeptDays: z.int().min(30).max(3_650),
  /** Usage records that are kept, 1,000 to 20,000,000, and about what they may take on the disk. */
  usageRecordsMax: z.int().min(1_000).max(20_000_000),
  usageMegabytesMax: z.int().min(10).max(20_000),
  /** Timeline entries that are kept, 10,000 to 1,000,000, and about what they may take on the disk. */
  timelineEntriesMax: z.int().min(10_000).max(1_000_000),
  timelineMegabytesMax: z.int().min(10).max(2_000),
  /** Daily backups that are kept, 0 to 365; 0: none is made. */
  backupsKept: z.int().min(0).max(365),
  /** Time of day at which the daily backup is made, by this host's clock: HH:MM. */
  backupTime: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, HH:MM'),
  /** Folder for the daily backups, as an absolute path; empty: "backups" in the data directory. */
  backupFolder: z
    .string()
    .max(1_024)
    // eslint-disable-next-line no-control-regex -- control characters are what this refuses
    .regex(/^(|(\/|\\\\|[A-Za-z]:[\\/])[^\u0000-\u001f\u007f]*)$/, 'must be an absolute path'),
  /** Find other servers by mDNS, and let them find this one. */
  mdns: z.boolean(),
  /** Name or IPv4 address of the interface for mDNS; empty: every one. */
  mdnsInterface: z
    .string()
    .max(256)
    // eslint-disable-next-line no-control-regex -- control characters are what this refuses
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'must be an interface name or an address'),
  /** Addresses at which other servers are looked for without mDNS. */
  fixedPeers: z.array(serverAddressSchema).max(fixedPeersMax),
});
export type NodeSettings = z.infer<typeof nodeSettingsSchema>;

export const nodeSettingsChangeSchema = nodeSettingsSchema.partial();
export type NodeSettingsChange = z.infer<typeof nodeSettingsChangeSchema>;
