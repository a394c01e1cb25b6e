import { z } from 'zod';
import { type LedgerRelationship, type Membership, primaryOf } from './ledger-config.ts';
import { relationshipKindSchema } from './relationship.ts';
import { instantSchema, namedServerSchema } from './scalars.ts';

/**
 * What an admin can let another server have of this one (docs/pairing.md, "Consent").
 * `keep`: this server keeps licences of the other one and takes over from it.
 * `share`: the other one keeps this server's licences, and orders of them what a member may.
 * `witness`: this server votes, and keeps no licences.
 */
export const consentPartSchema = z.enum(['keep', 'share', 'witness']);
export type ConsentPart = z.infer<typeof consentPartSchema>;

/** All that `--allow relationship` lets the other server have. */
export const consentParts: readonly ConsentPart[] = consentPartSchema.options;

export const consentSchema = z.array(consentPartSchema).max(consentParts.length);

/** What an invitation or a pairing lets the other server ask for; nothing by default. */
export const allowedSchema = z.enum(['nothing', 'relationship']);
export type Allowed = z.infer<typeof allowedSchema>;

export function partsAllowed(allowed: Allowed): ConsentPart[] {
  return allowed === 'relationship' ? [...consentParts] : [];
}

/** Another server asks for a relationship and waits for the word of an admin here. */
export const consentRequestSchema = z.object({
  id: z.string(),
  from: namedServerSchema,
  kind: relationshipKindSchema,
  mutual: z.boolean(),
  /** Members beside this server and the one that asks, who get the same of this server. */
  others: z.array(namedServerSchema),
  /** Whose licences this server would keep. */
  owner: namedServerSchema,
  asks: consentSchema,
  at: instantSchema,
});
export type ConsentRequest = z.infer<typeof consentRequestSchema>;

/** What a server would take upon itself by a ledger with this membership. */
export function partsOf(
  membership: Membership,
  relationship: Pick<LedgerRelationship, 'mutual' | 'members'>,
  server: string,
): ConsentPart[] {
  const { members, witness } = membership;
  const mutual = relationship.mutual && relationship.members.includes(server);
  const keeps = members.includes(server) && primaryOf(membership) !== server;
  const parts: Record<ConsentPart, boolean> = {
    keep: keeps || mutual,
    share: primaryOf(membership) === server || mutual,
    witness: witness === server,
  };
  return consentParts.filter((part) => parts[part]);
}
