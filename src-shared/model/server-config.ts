import { z } from 'zod';
import { allowedSchema } from './consent.ts';
import { ledgerMembersMax } from './ledger-config.ts';
import { nodeSettingsChangeSchema } from './node-settings.ts';
import { normalizePairingCode } from './pairing-code.ts';
import { policySchema, poolNameSchema, relationshipSettingsSchema } from './relationship.ts';
import { epochMsSchema, instantSchema, serverAddressSchema, serverIdSchema } from './scalars.ts';
import { vendorPublicKeySchema } from './vendor.ts';

export const serverConfigFormat = 'understudy-config/1';

/** Longest configuration file in bytes. */
export const serverConfigBytesMax = 1024 * 1024;

/** Invitations of one file, which is also as many servers as one can be paired with. */
export const sharedInvitationsMax = 32;

/** Vendors of one file. */
export const configVendorsMax = 64;

/** How long an invitation of a file counts from when it is taken up, unless the file says otherwise. */
export const sharedInvitationDaysDefault = 7;

/** Longest life of such an invitation, in days. */
export const sharedInvitationDaysMax = 30;

/** Without what makes no difference in it (`normalizePairingCode`). */
const codeSchema = z
  .string()
  .max(64)
  .transform((text, context) => {
    const code = normalizePairingCode(text);
    if (code !== undefined) return code;
    const message = 'must be a code made by: understudy config invitation';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** How two servers are paired without anybody typing: both files name the same code. */
const configPairingSchema = z.strictObject({
  /** Known to these two servers alone; `understudy config invitation` makes one. */
  code: codeSchema.meta({ description: 'The same in the files of both servers, and in no other.' }),
  address: serverAddressSchema.optional().meta({
    description: 'HOST:PORT of the server that waits. Left out on that server itself.',
  }),
  allow: allowedSchema.default('nothing').meta({
    description: 'What the other server may have without asking, as in servers invite --allow.',
  }),
  until: instantSchema.optional().meta({
    description: `When the code stops to count; ${sharedInvitationDaysDefault} days from now unless told, ${sharedInvitationDaysMax} at most.`,
  }),
});
export type ConfigPairing = z.output<typeof configPairingSchema>;

const referenceSchema = z.string().min(1).max(64);

const settingsOfRelationship = z
  .strictObject(relationshipSettingsSchema.shape)
  .partial()
  .default({})
  .meta({ description: 'Timing, as in relationship set.' });

const backupWishSchema = z
  .strictObject({
    kind: z.literal('backup').default('backup'),
    backup: referenceSchema.meta({
      description: 'Name or id of the server that takes over from this one, which is the main one.',
    }),
    mutual: z.boolean().default(false),
    policy: policySchema.default('available'),
    witness: referenceSchema.optional().meta({
      description: 'Name or id of the server that votes; with the policy strict, and only then.',
    }),
    settings: settingsOfRelationship,
  })
  .refine(({ policy, witness }) => (policy === 'strict') === (witness !== undefined), {
    message: 'belongs to the policy strict, which needs one',
    path: ['witness'],
  });

const triadWishSchema = z.strictObject({
  kind: z.literal('triad'),
  secondary: referenceSchema.meta({
    description: 'Name or id of the server that takes over from this one, which is the primary.',
  }),
  tertiary: referenceSchema.meta({
    description: 'Name or id of the server that takes over when neither can.',
  }),
  settings: settingsOfRelationship,
});

const poolWishSchema = z.strictObject({
  kind: z.literal('pool'),
  name: poolNameSchema,
  followers: z
    .array(referenceSchema)
    .min(1)
    .max(ledgerMembersMax - 1)
    .meta({
      description: 'Names or ids of the other servers, in the order in which they come to serve.',
    }),
  settings: settingsOfRelationship,
});

/** This server is the first of it, whose licences are kept; it stands in no other file. */
const configRelationshipSchema = z.discriminatedUnion(
  'kind',
  [backupWishSchema, triadWishSchema, poolWishSchema],
  { error: 'must be "backup", "triad" or "pool"' },
);
export type ConfigRelationship = z.output<typeof configRelationshipSchema>;

const sections = {
  format: z.literal(serverConfigFormat),
  settings: nodeSettingsChangeSchema.optional().meta({
    description: 'Settings of the server; what is left out stays as it is.',
  }),
  pairings: z.array(configPairingSchema).max(sharedInvitationsMax).optional(),
  relationship: configRelationshipSchema.optional(),
};

/** What a configuration file has a server be, with all that the file names read. */
export const serverConfigSchema = z
  .strictObject({
    ...sections,
    vendors: z.array(vendorPublicKeySchema).max(configVendorsMax).optional(),
  })
  .superRefine((config, context) => refuseTwice(config.pairings ?? [], context));
export type ServerConfig = z.output<typeof serverConfigSchema>;

/** The same as it stands in the file, where a vendor can be the path of its public key. */
export const serverConfigFileSchema = z.strictObject({
  $schema: z.string().optional(),
  ...sections,
  vendors: z
    .array(z.union([z.string().min(1).max(1_024), vendorPublicKeySchema]))
    .max(configVendorsMax)
    .optional()
    .meta({
      description:
        'Vendors to trust: what stands in their public key files, or the paths of these, relative to this file.',
    }),
});

function refuseTwice(pairings: readonly ConfigPairing[], context: z.RefinementCtx): void {
  const codes = pairings.map(({ code }) => code);
  for (const [index, code] of codes.entries()) {
    if (codes.indexOf(code) === index) continue;
    const message = 'is there twice: every two servers have a code of their own';
    context.addIssue({ code: 'custom', message, path: ['pairings', index, 'code'] });
  }
}

/** An invitation of a configuration file as its server keeps it. */
export const sharedInvitationSchema = z.strictObject({
  code: codeSchema,
  allow: allowedSchema,
  /** Where the server is that waits; null: this one waits. */
  address: z.string().nullable(),
  untilMs: epochMsSchema,
  /** The server that it has paired this one with: nobody else can use it any more. */
  pairedWith: serverIdSchema.nullable(),
});
export type SharedInvitation = z.infer<typeof sharedInvitationSchema>;

/** What a configuration file has a server do by itself, until it is done. */
export const unattendedSchema = z.strictObject({
  format: z.literal('understudy-unattended/1'),
  /** Vendors that are still to be trusted. */
  vendors: z.array(vendorPublicKeySchema).max(configVendorsMax),
  invitations: z.array(sharedInvitationSchema).max(sharedInvitationsMax),
  /** The relationship that is still to be set up or changed. */
  relationship: z
    .strictObject({
      wish: configRelationshipSchema,
      /** The relationship was set up, and only details are left: when an admin dissolves it, it stays so. */
      made: z.boolean(),
    })
    .nullable(),
  /** SHA-256 of what the last file said beside its settings: the same is not begun again by a start. */
  begun: z.string().max(64).nullable(),
});
export type Unattended = z.output<typeof unattendedSchema>;

export const nothingUnattended: Unattended = {
  format: 'understudy-unattended/1',
  vendors: [],
  invitations: [],
  relationship: null,
  begun: null,
};
