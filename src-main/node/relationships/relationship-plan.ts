import { z } from 'zod';
import type { AdminAnswer } from '../../../src-shared/contract/admin-error.ts';
import type { BackupPlan } from '../../../src-shared/contract/admin.ts';
import { type ConsentPart, partsOf } from '../../../src-shared/model/consent.ts';
import {
  type LedgerRelationship,
  type Membership,
  participants,
} from '../../../src-shared/model/ledger-config.ts';
import { policySchema } from '../../../src-shared/model/relationship.ts';
import { serverIdSchema } from '../../../src-shared/model/scalars.ts';
import type { Candidates } from './candidates.ts';

/** A backup with its servers by their ids. */
export const resolvedPlanSchema = z.strictObject({
  kind: z.literal('backup'),
  main: serverIdSchema,
  backup: serverIdSchema,
  mutual: z.boolean(),
  witness: serverIdSchema.nullable(),
  policy: policySchema,
});
export type ResolvedPlan = z.infer<typeof resolvedPlanSchema>;

/** Finds the servers of a plan; the first that is not known is the refusal. */
export function resolvePlan(plan: BackupPlan, candidates: Candidates): AdminAnswer<ResolvedPlan> {
  const main = candidates.find(plan.main);
  if (!main.ok) return main;
  const backup = candidates.find(plan.backup);
  if (!backup.ok) return backup;
  let witness: string | null = null;
  if (plan.witness !== undefined) {
    const found = candidates.find(plan.witness);
    if (!found.ok) return found;
    witness = found.value.id;
  }
  const { kind, mutual, policy } = plan;
  const ids = [main.value.id, backup.value.id, ...(witness === null ? [] : [witness])];
  if (new Set(ids).size < ids.length) {
    const message = 'Main, backup and witness must be different servers.';
    return { ok: false, code: 'BAD_REQUEST', message };
  }
  return {
    ok: true,
    value: { kind, mutual, policy, main: main.value.id, backup: backup.value.id, witness },
  };
}

/** Every server that takes part in a plan. */
export function serversOfPlan({ main, backup, witness }: ResolvedPlan): string[] {
  return participants({ members: [main, backup], witness });
}

/** The membership that the ledger of one of the two gets in the end. */
export function goalOfPlan(
  { main, backup, mutual, witness, policy }: Omit<ResolvedPlan, 'kind'>,
  primary: string,
): Membership {
  const other = primary === main ? backup : main;
  const isProtected = primary === main || mutual;
  if (!isProtected) return { members: [primary], witness: null, rule: 'continuity' };
  return {
    members: [primary, other],
    witness: policy === 'strict' ? witness : null,
    rule: policy === 'strict' ? 'majority' : 'continuity',
  };
}

/** What a server takes upon itself by a plan. */
export function partsOfPlan(plan: ResolvedPlan, server: string): ConsentPart[] {
  const { main, backup, mutual } = plan;
  return partsOf(goalOfPlan(plan, main), { mutual, members: [main, backup] }, server);
}

/** The relationship as it stands in the ledger of one of the two. */
export function relationshipOfPlan(
  id: string,
  plan: ResolvedPlan,
  primary: string,
): LedgerRelationship {
  const { kind, policy, mutual, main, backup } = plan;
  return { id, kind, policy, mutual, members: [main, backup], goal: goalOfPlan(plan, primary) };
}
