import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import { primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { Candidates } from './candidates.ts';
import { relationshipIn } from './relationship-change.ts';
import { ruleOfPolicy, type ResolvedPlan } from './relationship-plan.ts';
import type { OwnRelationship } from './shared-ledgers.ts';

// Changes that have to wait until each primary serves its licences itself.

/**
 * Servers that are to leave a ledger, for another rule or for good, cannot be serving it. With a plan
 * of null all of them leave.
 */
export function refuseWhileAway(
  current: OwnRelationship,
  plan: ResolvedPlan | null,
  candidates: Candidates,
): AdminAnswer<never> | undefined {
  for (const replica of current.replicas) {
    const primary = primaryOf(replica);
    const { active, config } = replica.view();
    const goal = plan && relationshipIn(plan, current, primary).goal;
    const { members, rule } = config.membership;
    const stays = goal?.rule === rule && members.every((id) => goal.members.includes(id));
    if (active === primary || stays) continue;
    const by = active === null ? 'nobody' : candidates.nameOf(active);
    const message =
      `The licences of ${candidates.nameOf(primary)} are served by ${by} now. Fail back first: ` +
      'each server keeps its own licences.';
    return refuse('NOT_SERVING', message);
  }
  return undefined;
}

/** The rule changes while the primary alone keeps a ledger, so that it has to be the one that serves. */
export function refuseAnotherRule(
  { replicas }: OwnRelationship,
  { kind, policy }: ResolvedPlan,
  candidates: Candidates,
): AdminAnswer<never> | undefined {
  if (kind === 'pool') return undefined;
  const away = replicas.find((replica) => {
    const { active, config } = replica.view();
    return config.membership.rule !== ruleOfPolicy[policy] && active !== primaryOf(replica);
  });
  if (!away) return undefined;
  const primary = candidates.nameOf(primaryOf(away));
  return refuse(
    'NOT_SERVING',
    `For this change ${primary} has to serve its licences itself. Fail back first; or, if ${primary} ` +
      'does not come back, replace it, or put another server in its place: understudy relationship order',
  );
}
