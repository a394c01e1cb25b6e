import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { AdminArguments } from '../../../src-shared/contract/admin.ts';
import {
  type LedgerConfig,
  type LedgerRelationship,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';
import {
  relationshipSettingsSchema,
  type RelationshipSettings,
} from '../../../src-shared/model/relationship.ts';
import { describePolicy } from '../../../src-shared/view/relationship-words.ts';
import { describeRelationshipSettings } from '../../../src-shared/view/setting-words.ts';
import type { Candidates } from './candidates.ts';
import type { GoalOfLedger } from './member-changes.ts';
import {
  primariesOfPlan,
  relationshipOfPlan,
  type ResolvedPlan,
  resolvePlan,
} from './relationship-plan.ts';
import type { OwnRelationship } from './shared-ledgers.ts';

// What an admin wants changed of a relationship that stands: as settings, as a plan, as a sentence.

type RelationshipChange = AdminArguments<'relationship.set'>;

/** The settings after a change; SETTING_REFUSED when they do not fit each other or their ranges. */
export function mergeSettings(
  { replicas }: OwnRelationship,
  change: RelationshipChange['settings'],
): AdminAnswer<LedgerConfig['settings']> {
  const [first] = replicas;
  const given = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  );
  const parsed = relationshipSettingsSchema.safeParse({
    ...first?.view().config.settings,
    ...given,
  });
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  const key = issue?.path.join('.') ?? '';
  return refuse(
    'SETTING_REFUSED',
    `The settings were not changed: ${key} ${issue?.message ?? ''}.`,
  );
}

/** The plan after a change; null: who protects whom, and how, stays. */
export function planOfChange(
  { relationship }: OwnRelationship,
  { policy, witness, mutual }: RelationshipChange,
  candidates: Candidates,
): AdminAnswer<ResolvedPlan | null> {
  if (policy === undefined && witness === undefined && mutual === undefined) {
    return { ok: true, value: null };
  }
  if (relationship.kind !== 'backup') {
    return refuse('BAD_REQUEST', `Policy, witness and mutual are of a backup. ${fixedPolicy}`);
  }
  const [main = '', backup = ''] = relationship.members;
  const nextPolicy = policy ?? relationship.policy;
  const kept = nextPolicy === 'strict' ? relationship.goal?.witness : null;
  return resolvePlan(
    {
      kind: 'backup',
      main,
      backup,
      mutual: mutual ?? relationship.mutual,
      policy: nextPolicy,
      ...((witness ?? kept) ? { witness: witness ?? kept ?? '' } : {}),
    },
    candidates,
  );
}

const fixedPolicy =
  'In a triad, who reaches another member serves, and nobody else; in a pool each licence says which rule it goes by.';

/** The relationship as the ledger of `primary` is to have it by a plan. */
export function relationshipIn(
  plan: ResolvedPlan,
  { relationship }: OwnRelationship,
  primary: string,
): LedgerRelationship {
  const next = relationshipOfPlan(relationship.id, plan, primary);
  const isProtected = primariesOfPlan(plan).includes(primary);
  return isProtected ? next : { ...next, goal: null };
}

/** A change in words, for the timeline; `settings` are those before and after it. */
export function describeChange(
  { policy, witness, mutual }: RelationshipChange,
  settings: { before: RelationshipSettings; after: RelationshipSettings },
  candidates: Candidates,
): string {
  const parts = describeRelationshipSettings(settings.before, settings.after);
  if (policy !== undefined)
    parts.push(`the policy is ${describePolicy({ kind: 'backup', policy }).short}`);
  if (witness !== undefined) {
    const found = candidates.find(witness);
    parts.push(`the witness is ${found.ok ? found.value.name : witness}`);
  }
  if (mutual !== undefined) {
    parts.push(mutual ? 'each protects the other' : 'only the main server is protected');
  }
  return parts.length > 0 ? parts.join(', ') : 'nothing is different';
}

/** Where the ledgers of a relationship are to go by a plan. */
export function goalsBy(plan: ResolvedPlan, current: OwnRelationship): GoalOfLedger[] {
  return current.replicas.flatMap((replica) => {
    const { goal } = relationshipIn(plan, current, primaryOf(replica));
    return goal ? [{ replica, goal }] : [];
  });
}
