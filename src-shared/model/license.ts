import { z } from 'zod';
import { ledgerMembersMax } from './ledger-config.ts';
import {
  epochMsSchema,
  instantSchema,
  licenseIdSchema,
  serverIdSchema,
  textSchema,
} from './scalars.ts';

export const licenseFormat = 'understudy-license/1';

/** `typ` of the protected header: what the same key signs for another purpose does not count. */
export const licenseJwsType = 'understudy-license+jws';

/** Names of one algorithm: EdDSA of RFC 8037 and the fully specified one of RFC 9864. */
export const licenseAlgorithms = ['EdDSA', 'Ed25519'] as const;

export const redundancySchema = z.enum(['none', 'backup', 'triad', 'pool']);

/** Most units that one licence may have. Bounds the leases a server holds in memory. */
export const licenseUnitsMax = 1_000_000;

/** Most licences that one file may carry. */
export const licensesPerFileMax = 1_000;

/** Most servers that one licence can name: all that a ledger can have as members. */
export const licenseServersMax = ledgerMembersMax;

/** Longest trial in days. */
const trialDaysMax = 3_650;

/** Entries of `metadata`, and the longest name and value of one. */
const metadataEntriesMax = 32;
const metadataNameCharsMax = 64;
const metadataValueCharsMax = 1_024;

/**
 * What a vendor signs (docs/licence-file.md). Unknown fields are refused: a field that this
 * version does not know could be a limit that it would fail to keep.
 */
export const licenseGrantSchema = z
  .strictObject({
    format: z.literal(licenseFormat),
    id: licenseIdSchema,
    /** A higher serial of the same id replaces a lower one. */
    serial: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
    vendor: textSchema(128),
    product: textSchema(128),
    feature: textSchema(128),
    /** Dotted numbers. A request for this version or a lower one is satisfied. */
    version: z
      .string()
      .max(32)
      .regex(/^\d{1,9}(\.\d{1,9}){0,4}$/, 'must be numbers separated by dots, such as 2.1'),
    units: z.int().min(1).max(licenseUnitsMax),
    notBefore: instantSchema.nullable(),
    /** Null: permanent. */
    expires: instantSchema.nullable(),
    redundancy: redundancySchema,
    majorityRule: z.boolean(),
    /** Servers that it may run on; empty: any. */
    servers: z.array(serverIdSchema).max(licenseServersMax),
    /** Life of a lease that is not renewed, 5 s to 1 day. */
    ttlSeconds: z.int().min(5).max(86_400),
    /** `maxDays: 0`: no borrowing. */
    borrow: z.strictObject({
      maxDays: z.int().min(0).max(3_650),
      maxUnits: z.int().min(0).max(licenseUnitsMax),
    }),
    /** Since when the vendor has taken it back: it grants nothing. */
    revoked: instantSchema.optional(),
    /** The licence ends so many days after its first seat was granted; left out: it is no trial. */
    trialDays: z.int().min(1).max(trialDaysMax).optional(),
    /** Versions of the application that were released before it are covered; left out: all are. */
    maintenanceUntil: instantSchema.optional(),
    /** For whom it was issued, and on which order: for people, no server goes by it. */
    customer: textSchema(256).optional(),
    orderNumber: textSchema(128).optional(),
    /** Whatever else the vendor wants to be signed. */
    metadata: z
      .record(textSchema(metadataNameCharsMax), textSchema(metadataValueCharsMax))
      .refine(
        (entries) => Object.keys(entries).length <= metadataEntriesMax,
        `must have at most ${metadataEntriesMax} entries`,
      )
      .optional(),
  })
  .refine(
    (grant) =>
      grant.notBefore === null ||
      grant.expires === null ||
      Date.parse(grant.notBefore) < Date.parse(grant.expires),
    { message: 'must be later than notBefore', path: ['expires'] },
  )
  .refine(({ trialDays, servers }) => trialDays === undefined || servers.length > 0, {
    message: 'must be named for a trial, which would begin anew at any other server',
    path: ['servers'],
  });
export type LicenseGrant = z.infer<typeof licenseGrantSchema>;

/** What a version of a licence can change; the others say what licence it is. */
export type ChangeableField = Exclude<keyof LicenseGrant, 'format' | 'id'>;

/** One version of a licence as installed on a server. */
export const licenseVersionSchema = z.object({
  /**
   * Number of the installation, per licence, from 1, always rising: the current version is the one
   * with the highest. A roll-back installs the former grant again under a new revision
   * (protocol section 9, invariant 8).
   */
  revision: z.int().min(1),
  grant: licenseGrantSchema,
  /** The signed text as the vendor wrote it (JWS, JSON serialization). */
  signedText: z.string(),
  vendorKeyId: z.string(),
  installedAtMs: z.int(),
});
export type LicenseVersion = z.infer<typeof licenseVersionSchema>;

/** Versions of a licence that are kept for a roll-back. */
export const licenseVersionsKeptMax = 10;

/**
 * A licence with its history, as a disk or a peer has it: a claim that counts for nothing until it is
 * verified. `versions` is in rising order of revision, the last one is current.
 */
export const installedLicenseSchema = z.object({
  id: licenseIdSchema,
  versions: z.array(licenseVersionSchema).min(1).max(licenseVersionsKeptMax),
  /** Lowest expiry threshold that was put on the timeline: 30, 7, 1 days, 0 when expired. */
  expiryToldDays: z.union([z.literal(30), z.literal(7), z.literal(1), z.literal(0)]).nullable(),
  /** When the first seat of a trial was granted, in ledger time; of several that are known the earliest. */
  trialBeganMs: epochMsSchema.optional(),
});

/** A licence whose grants were taken from what its vendor signed (protocol section 3c). */
export interface InstalledLicense extends z.infer<typeof installedLicenseSchema> {
  /**
   * Why its current version is not what its vendor signed, as a sentence: then it grants nothing. It
   * is found anew wherever a licence comes in; what a disk or a peer says of it counts for nothing.
   */
  damage?: string;
}

export const licenseValiditySchema = z.enum([
  'valid',
  'expiring',
  'expired',
  'notStarted',
  'revoked',
  'damaged',
]);
export type LicenseValidity = z.infer<typeof licenseValiditySchema>;

export const servedBySchema = z.object({
  id: serverIdSchema.describe('The server that serves it.'),
  name: z.string().describe('What its admin calls it.'),
  role: z
    .enum(['primary', 'failover'])
    .describe('failover: it serves in the place of the licence’s own server.'),
  since: instantSchema.describe('Since when.'),
});
export type ServedBy = z.infer<typeof servedBySchema>;

/** A licence as `GET /v1/licenses` shows it. */
export const licenseStatusSchema = z.object({
  id: licenseIdSchema.describe('Chosen by the vendor.'),
  product: z.string().describe('As the vendor calls it.'),
  feature: z.string().describe('As the vendor calls it.'),
  version: z.string().describe('The highest version that it is good for.'),
  units: z.int().describe('Units of the licence.'),
  inUse: z.int().describe('Units that are out, borrowed ones included.'),
  expires: instantSchema
    .nullable()
    .describe(
      'By its date or its trial, whichever is first; null: permanent, or a trial not begun.',
    ),
  failover: z
    .object({
      configured: z.boolean().describe('Another server may serve it.'),
      reason: z.string().optional().describe('Why none may.'),
    })
    .describe('How it is protected.'),
  servedBy: servedBySchema.nullable().describe('null: nobody serves it now.'),
  damage: z
    .string()
    .optional()
    .describe('Why it is not served, when it is not what its vendor signed.'),
});
export type LicenseStatus = z.infer<typeof licenseStatusSchema>;

/** A licence as the admin sees it: its status and what the vendor granted. */
export const licenseDetailSchema = licenseStatusSchema.extend({
  /** The ledger that it belongs to, and the server whose licence it is. */
  ledger: z.string(),
  primary: serverIdSchema,
  vendor: z.string(),
  vendorKeyId: z.string(),
  /** Signed by the demo vendor: of no worth outside a trial. */
  demo: z.boolean(),
  serial: z.int(),
  revision: z.int(),
  notBefore: instantSchema.nullable(),
  ttlSeconds: z.int(),
  trialDays: z.int().optional(),
  trialBegan: instantSchema.optional(),
  maintenanceUntil: instantSchema.optional(),
  customer: z.string().optional(),
  orderNumber: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  redundancy: redundancySchema,
  majorityRule: z.boolean(),
  borrow: z.object({ maxDays: z.int(), maxUnits: z.int() }),
  borrowedUnits: z.int(),
  validity: licenseValiditySchema,
  /** Requests refused for want of a free unit since the server started. */
  deniedCount: z.int(),
  versions: z.array(
    z.object({
      revision: z.int(),
      serial: z.int(),
      units: z.int(),
      /** As the vendor wrote it; null and `trialDays`: by the trial alone. */
      expires: instantSchema.nullable(),
      trialDays: z.int().optional(),
      installedAt: instantSchema,
    }),
  ),
});
export type LicenseDetail = z.infer<typeof licenseDetailSchema>;

/** Whether a licence covers a version of the application that was released at this instant. */
export function coversRelease(
  { maintenanceUntil }: Pick<LicenseGrant, 'maintenanceUntil'>,
  released: string | undefined,
): boolean {
  if (maintenanceUntil === undefined || released === undefined) return true;
  return Date.parse(released) < Date.parse(maintenanceUntil);
}

/** Days before the end of a licence at which the admin is told. */
export const expiryToldDays = [30, 7, 1] as const;

/**
 * Order of two dotted versions: negative when `a` is lower, 0 when equal, positive when higher.
 * Missing parts count as 0, so 2 equals 2.0.
 */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
