import { z } from 'zod';
import { consentRequestSchema, consentSchema } from '../model/consent.ts';
import { ledgerMembersMax } from '../model/ledger-config.ts';
import {
  coverageSchema,
  drillReportSchema,
  policySchema,
  previewSchema,
  relationshipCheckSchema,
  relationshipSettingsSchema,
  relationshipStatusSchema,
  switchoverResultSchema,
} from '../model/relationship.ts';
import { namedServerSchema } from '../model/scalars.ts';
import {
  memberChangeSchema,
  relationshipPlanSchema,
  relationshipReferenceSchema,
  serverReferenceSchema,
} from './relationship-plan.ts';

const emptySchema = z.strictObject({});
const oneRelationshipSchema = z.strictObject({
  relationship: relationshipReferenceSchema.optional(),
});

const consentAnswerSchema = z.object({
  server: namedServerSchema,
  /** What it may have of this server now. */
  consent: consentSchema,
  /** The two are in a relationship, which goes on until it is dissolved. */
  related: z.boolean(),
});

/** The methods of `adminContract` by which admins set relationships up, move licences and try a failover. */
export const relationshipMethods = {
  /** What other servers ask for that no admin here has agreed to. */
  'relationship.requests': {
    params: emptySchema,
    result: z.object({ requests: z.array(consentRequestSchema) }),
  },
  /** `id`: a request; or a server, which need not have asked: what is agreed to is kept. */
  'relationship.accept': {
    params: z.strictObject({ id: serverReferenceSchema }),
    result: consentAnswerSchema,
    patient: true,
  },
  /** Of a server that asks for nothing: what was agreed to before is taken back. */
  'relationship.refuse': {
    params: z.strictObject({ id: serverReferenceSchema }),
    result: consentAnswerSchema,
  },
  /** What stands in the way of a relationship; changes nothing. */
  'relationship.check': {
    params: relationshipPlanSchema,
    result: relationshipCheckSchema,
    patient: true,
  },
  /** Sets a relationship up; ends when it protects, or says what it waits for. */
  'relationship.create': {
    params: relationshipPlanSchema,
    result: z.object({ relationship: relationshipStatusSchema }),
    patient: true,
  },
  /** All relationships of this server, that of its own licences first, or one of them. */
  'relationship.show': {
    params: oneRelationshipSchema,
    result: z.object({
      /** The first of `relationships`. */
      relationship: relationshipStatusSchema.nullable(),
      relationships: z.array(relationshipStatusSchema),
      licenses: z.array(coverageSchema),
    }),
  },
  /** Changes what is named. `policy: 'strict'` needs a witness, `available` lets it go. */
  'relationship.set': {
    params: z.strictObject({
      settings: z.strictObject(relationshipSettingsSchema.shape).partial().default({}),
      policy: policySchema.optional(),
      witness: serverReferenceSchema.optional(),
      mutual: z.boolean().optional(),
      relationship: relationshipReferenceSchema.optional(),
    }),
    result: z.object({ relationship: relationshipStatusSchema }),
    patient: true,
  },
  /** Adds, removes, replaces or orders members; ends when it is so, or says what it waits for. */
  'relationship.members': {
    params: memberChangeSchema,
    /** Null: this server is no member any longer. */
    result: z.object({ relationship: relationshipStatusSchema.nullable() }),
    patient: true,
  },
  /** Each server keeps its own licences. `force`: also when the other one cannot be reached. */
  'relationship.dissolve': {
    params: z.strictObject({
      force: z.boolean().default(false),
      relationship: relationshipReferenceSchema.optional(),
    }),
    result: emptySchema,
    patient: true,
  },
  /**
   * Gives every ledger to one member; without `to`, away from this server or else to it. Of all
   * relationships, as `failback` and `drill` are, or of one.
   */
  switchover: {
    params: z.strictObject({
      to: serverReferenceSchema.optional(),
      relationship: relationshipReferenceSchema.optional(),
    }),
    result: switchoverResultSchema,
    patient: true,
  },
  /** Gives every ledger back to its primary. */
  failback: { params: oneRelationshipSchema, result: switchoverResultSchema, patient: true },
  /** Ends a switchover or failback before its next ledger; false: there is none to end. */
  'switchover.cancel': { params: emptySchema, result: z.object({ cancelled: z.boolean() }) },
  /** Over to the standby and back, with a report. */
  drill: {
    params: oneRelationshipSchema,
    result: z.object({ report: drillReportSchema }),
    patient: true,
  },
  /** Ends a drill as soon as each server serves its own licences again; false: there is none to end. */
  'drill.cancel': { params: emptySchema, result: z.object({ cancelled: z.boolean() }) },
  /** `also`: servers that stop at the same time. */
  preview: {
    params: z.strictObject({
      stop: serverReferenceSchema,
      also: z.array(serverReferenceSchema).max(ledgerMembersMax).default([]),
    }),
    result: previewSchema,
  },
} as const;
