import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import { participants, primaryOf } from '../../../src-shared/model/ledger-config.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import { majorityOfCount } from '../core/replica/quorum.ts';
import { refuseUnserved } from '../replicas/not-serving.ts';
import type { Candidates } from './candidates.ts';
import type { GoalOfLedger } from './member-changes.ts';
import { waitsForSeats } from './membership-steps.ts';
import { relationshipIn } from './relationship-change.ts';
import { ruleOfPolicy, type ResolvedPlan } from './relationship-plan.ts';
import { describeLicenses, type OwnRelationship } from './shared-ledgers.ts';
import { describeOverdrawn } from './step-words.ts';

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

/** More seats are out than the licences have, which `majority` never allows: of several ledgers none is changed. */
export function refuseOverdrawn(
  goals: readonly GoalOfLedger[],
  candidates: Candidates,
): AdminAnswer<never> | undefined {
  for (const { replica, goal } of goals) {
    if (!waitsForSeats(replica.ledger, goal)) continue;
    return refuse('RELATIONSHIP_BUSY', describeOverdrawn(replica.ledger.config, candidates));
  }
  return undefined;
}

/**
 * Where a majority decides, a change takes more than half of those that vote, before it and after it. Of
 * several ledgers none is changed when one cannot be.
 */
export function refuseTooFew(
  goals: readonly GoalOfLedger[],
  candidates: Candidates,
): AdminAnswer<never> | undefined {
  for (const { replica, goal } of goals) {
    const { config, active } = replica.view();
    const { membership, learners = [] } = config;
    const voters = participants(membership).filter((id) => !learners.includes(id));
    const of = describeLicenses(config, candidates);
    if (active === null) {
      const few = membership.rule === 'majority' ? describeFew(voters, candidates) : null;
      if (few === null) return refuseUnserved(of);
      const those = few.lacking === 1 ? 'one' : String(few.lacking);
      return refuse(
        'NOT_SERVING',
        `Nobody serves ${of}, and nobody can change who keeps them: that takes ${few.sentence}. Start ` +
          `${those} of the others again, or restore ${few.lacking === 1 ? 'it' : 'them'} on another host ` +
          'from a backup with the key, and change the members then.',
      );
    }
    if (goal.rule !== 'majority' || membership.rule !== 'majority') continue;
    const few = describeFew(participants(goal), candidates);
    if (few === null) continue;
    return refuse(
      'NOT_SERVING',
      `Nobody could serve ${of} after this change: it takes ${few.sentence}. Replace those first, or take ` +
        'them out, that do not come back.',
    );
  }
  return undefined;
}

/** Those that can be reached, when they are no majority of these; null: they are one. */
function describeFew(
  voters: readonly string[],
  candidates: Candidates,
): { sentence: string; lacking: number } | null {
  const absent = candidates.absentOf(voters);
  const reached = voters.filter((id) => !absent.includes(id));
  const needed = majorityOfCount(voters.length);
  if (reached.length >= needed) return null;
  const namesOf = (ids: readonly string[]) => joinNames(ids.map((id) => candidates.nameOf(id)));
  const who = reached.length === 0 ? 'none' : `only ${namesOf(reached)}`;
  return {
    sentence: `${needed} of ${namesOf(voters)}, and ${who} can be reached`,
    lacking: needed - reached.length,
  };
}
