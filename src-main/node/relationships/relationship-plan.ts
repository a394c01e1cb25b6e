import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { RelationshipPlan } from '../../../src-shared/contract/relationship-plan.ts';
import { type ConsentPart, partsOf } from '../../../src-shared/model/consent.ts';
import {
  type LedgerRelationship,
  type Membership,
  participants,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';
import type { Policy } from '../../../src-shared/model/relationship.ts';
import type { Candidates } from './candidates.ts';

/** What there is to decide of a relationship, with its servers by their ids. */
export type ResolvedPlan = Pick<
  LedgerRelationship,
  'kind' | 'name' | 'mutual' | 'policy' | 'members'
> & {
  /** Of a backup of the policy `strict`. */
  witness: string | null;
};

/** Finds the servers of a plan; the first that is not known is the refusal. */
export function resolvePlan(
  plan: RelationshipPlan,
  candidates: Candidates,
): AdminAnswer<ResolvedPlan> {
  const members: string[] = [];
  for (const reference of membersNamedIn(plan)) {
    const found = candidates.find(reference);
    if (!found.ok) return found;
    members.push(found.value.id);
  }
  const { kind } = plan;
  // Three servers of which two must reach each other: what a witness is to a backup, the third one is.
  if (kind === 'triad') {
    const resolved = { kind, members, mutual: false, policy: 'strict', witness: null } as const;
    return refuseTwins(resolved) ?? { ok: true, value: resolved };
  }
  // Each of its two ledgers has a rule of its own.
  if (kind === 'pool') {
    const { name } = plan;
    const resolved = {
      kind,
      name,
      members,
      mutual: false,
      policy: 'available',
      witness: null,
    } as const;
    return refuseTwins(resolved) ?? { ok: true, value: resolved };
  }
  let witness: string | null = null;
  if (plan.witness !== undefined) {
    const found = candidates.find(plan.witness);
    if (!found.ok) return found;
    witness = found.value.id;
  }
  const { mutual, policy } = plan;
  const resolved = { kind, members, mutual, policy, witness };
  return refuseTwins(resolved) ?? { ok: true, value: resolved };
}

/** In preference order. */
function membersNamedIn(plan: RelationshipPlan): string[] {
  switch (plan.kind) {
    case 'backup':
      return [plan.main, plan.backup];
    case 'triad':
      return [plan.primary, plan.secondary, plan.tertiary];
    case 'pool':
      return plan.servers;
  }
}

function refuseTwins(plan: ResolvedPlan): AdminAnswer<never> | undefined {
  const servers = serversOfPlan(plan);
  if (new Set(servers).size === servers.length) return undefined;
  return refuse('BAD_REQUEST', twins[plan.kind]);
}

const twins: Record<ResolvedPlan['kind'], string> = {
  backup: 'Main, backup and witness must be different servers.',
  triad: 'Primary, secondary and tertiary must be different servers.',
  pool: 'Name each server of the pool once.',
};

/** Every server that takes part in a plan, the witness last. */
export function serversOfPlan(plan: Pick<ResolvedPlan, 'members' | 'witness'>): string[] {
  return participants(plan);
}

/** The members whose licences are protected. */
export function primariesOfPlan({
  members,
  mutual,
}: Pick<ResolvedPlan, 'members' | 'mutual'>): string[] {
  return mutual ? members : [primaryOf({ members })];
}

/** The membership that the ledger of one of the servers gets in the end. */
export function goalOfPlan(plan: ResolvedPlan, primary: string): Membership {
  const { members, policy, witness } = plan;
  if (!primariesOfPlan(plan).includes(primary)) {
    return { members: [primary], witness: null, rule: 'continuity' };
  }
  return {
    members: [primary, ...members.filter((id) => id !== primary)],
    witness: policy === 'strict' ? witness : null,
    rule: ruleOfPolicy[policy],
  };
}

/** The rule by which a policy decides who may serve. */
export const ruleOfPolicy: Record<Policy, Membership['rule']> = {
  available: 'continuity',
  strict: 'majority',
};

/** What a server takes upon itself by a plan. */
export function partsOfPlan(plan: ResolvedPlan, server: string): ConsentPart[] {
  return partsOf(goalOfPlan(plan, primaryOf(plan)), plan, server);
}

/** The relationship as it stands in the ledger of one of the servers; of a pool in that of any survivor. */
export function relationshipOfPlan(
  id: string,
  plan: ResolvedPlan,
  primary: string,
): LedgerRelationship {
  const { kind, name, policy, mutual, members } = plan;
  const named = name === undefined ? {} : { name };
  return { id, kind, ...named, policy, mutual, members, goal: goalOfPlan(plan, primary) };
}

/** The same for the ledger of a pool whose licences need a majority. */
export function withMajority(relationship: LedgerRelationship): LedgerRelationship {
  const { goal } = relationship;
  return goal === null ? relationship : { ...relationship, goal: { ...goal, rule: 'majority' } };
}

/** Who is in no relationship cannot set one up for others: it would not see what becomes of it. */
export function refuseBystander(
  { kind, members }: ResolvedPlan,
  ownId: string,
): AdminAnswer<never> | undefined {
  if (members.includes(ownId)) return undefined;
  const message =
    kind === 'backup'
      ? 'Set the relationship up on the main server or on the backup server.'
      : `Set the ${kind} up on one of its servers.`;
  return refuse('BAD_REQUEST', message);
}
