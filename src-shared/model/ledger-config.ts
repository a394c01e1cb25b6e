import { z } from 'zod';
import {
  policySchema,
  poolNameSchema,
  relationshipKindSchema,
  relationshipSettingsDefault,
  relationshipSettingsSchema,
} from './relationship.ts';
import { serverIdSchema } from './scalars.ts';

/** Most members of a ledger, the witness not counted. */
export const ledgerMembersMax = 11;

/** Most servers that were taken out and are remembered for it. */
export const formerMembersMax = 32;

/** `continuity`: any survivor may serve. `majority`: more than half of the votes are needed. */
export const ruleSchema = z.enum(['continuity', 'majority']);

const membersSchema = z.array(serverIdSchema).min(1).max(ledgerMembersMax);

/** Who keeps a ledger, and by which rule. */
export const membershipSchema = z.object({
  /** In preference order; the first is the primary. */
  members: membersSchema,
  /** Votes, but keeps no licences. Only with the rule `majority`. */
  witness: serverIdSchema.nullable(),
  rule: ruleSchema,
});
export type Membership = z.infer<typeof membershipSchema>;

/** The member whose licences a ledger keeps: the first in preference order. */
export function primaryOf({ members }: { readonly members: readonly string[] }): string {
  return members[0] ?? '';
}

/** Every server that takes part in a ledger, the witness last. */
export function participants({ members, witness }: Omit<Membership, 'rule'>): string[] {
  return witness === null ? members : [...members, witness];
}

/** The relationship that a ledger belongs to. */
export const ledgerRelationshipSchema = z.object({
  id: z.uuid(),
  kind: relationshipKindSchema,
  /** Of a pool. */
  name: poolNameSchema.exactOptional(),
  policy: policySchema,
  mutual: z.boolean(),
  /** All members of the relationship in preference order, as the admin gave them. */
  members: membersSchema,
  /** What the membership of the ledger becomes, one change at a time; null: it is dissolved. */
  goal: membershipSchema.nullable(),
});
export type LedgerRelationship = z.infer<typeof ledgerRelationshipSchema>;

/**
 * How a ledger is kept: part of the ledger itself and changed by entries of its log, so that every
 * member has the same (protocol section 1).
 */
export const ledgerConfigSchema = z.object({
  /** Rises by one with every change. */
  version: z.int().min(0),
  membership: membershipSchema,
  relationship: ledgerRelationshipSchema.nullable(),
  settings: relationshipSettingsSchema,
  /** The member that an admin gave the ledger to; null: the first in preference order. */
  placed: serverIdSchema.nullable(),
  /** Under `majority`: members that get everything and do not count, until they have caught up. */
  learners: z.array(serverIdSchema).max(ledgerMembersMax).exactOptional(),
  /**
   * Servers that took part and were taken out, the last one at the end: they alone are told that they are
   * no members. Whoever else speaks as a member may know more than this configuration does, as when the
   * directory of its server was put back to a time before that one came.
   */
  former: z.array(serverIdSchema).max(formerMembersMax).exactOptional(),
  /** The first primary, where the present one is in its place: what its vendor bound to it stays so. */
  home: serverIdSchema.exactOptional(),
});
export type LedgerConfig = z.infer<typeof ledgerConfigSchema>;

/** A ledger of one server alone. */
export function soloConfig(serverId: string): LedgerConfig {
  return {
    version: 0,
    membership: { members: [serverId], witness: null, rule: 'continuity' },
    relationship: null,
    settings: relationshipSettingsDefault,
    placed: null,
  };
}

/** A member, the witness, or one that becomes or was a member of the relationship. */
export function takesPart({ membership, relationship }: LedgerConfig, id: string): boolean {
  if (participants(membership).includes(id)) return true;
  if (!relationship) return false;
  const { members, goal } = relationship;
  return members.includes(id) || (goal !== null && participants(goal).includes(id));
}

/** Whether a ledger has, had or is to have anything to do with a server. */
export function concernsServer(config: LedgerConfig, id: string): boolean {
  const { learners = [], former = [], home, placed } = config;
  return takesPart(config, id) || [...learners, ...former, home, placed].includes(id);
}
