import {
  type LedgerConfig,
  type Membership,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';

/** One change on the way to the goal: who is taken in or let go, if anybody. */
export interface MembershipStep {
  membership: Membership;
  joins: string | null;
  leaves: string | null;
}

/** The membership that a ledger is on its way to; its primary alone when it is dissolved. */
export function goalOf({ membership, relationship }: LedgerConfig): Membership {
  return relationship?.goal ?? alone(membership);
}

/**
 * The next single change of a membership on the way to its goal; null when it is reached. One member
 * at a time (Raft, section 4.1), and the rule changes only while there is one vote, so that no two
 * groups that know nothing of each other can both decide.
 */
export function nextMembership(now: Membership, goal: Membership): MembershipStep | null {
  return (
    stepOut(now, goal) ??
    stepToRule(now, goal) ??
    // A witness first, so that the second member finds a majority without it.
    (goal.members.includes(primaryOf(now)) ? stepToWitness(now, goal) : null) ??
    stepIn(now, goal) ??
    stepFromPrimary(now, goal) ??
    stepToWitness(now, goal) ??
    stepToOrder(now, goal)
  );
}

/** Lets a member or the witness go that is not to stay; for another rule, all but the primary. */
function stepOut(now: Membership, goal: Membership): MembershipStep | null {
  const rulesDiffer = now.rule !== goal.rule;
  const leaves = now.members.findLast(
    (id, rank) => rank > 0 && (rulesDiffer || !goal.members.includes(id)),
  );
  if (leaves !== undefined) return without(now, leaves);
  if (now.witness === null || (!rulesDiffer && now.witness === goal.witness)) return null;
  return { membership: { ...now, witness: null }, joins: null, leaves: now.witness };
}

function stepToRule(now: Membership, { rule }: Membership): MembershipStep | null {
  if (now.rule === rule) return null;
  return { membership: { ...now, rule }, joins: null, leaves: null };
}

function stepToWitness(now: Membership, { witness }: Membership): MembershipStep | null {
  if (witness === null || now.witness !== null) return null;
  return { membership: { ...now, witness }, joins: witness, leaves: null };
}

function stepIn(now: Membership, goal: Membership): MembershipStep | null {
  const joins = goal.members.find((id) => !now.members.includes(id));
  if (joins === undefined) return null;
  const stays = now.members.filter((id) => !goal.members.includes(id));
  const members = goal.members.filter((id) => id === joins || now.members.includes(id));
  return { membership: { ...now, members: [...stays, ...members] }, joins, leaves: null };
}

/** When there are others. */
function stepFromPrimary(now: Membership, goal: Membership): MembershipStep | null {
  const primary = primaryOf(now);
  return goal.members.includes(primary) ? null : without(now, primary);
}

function stepToOrder(now: Membership, { members }: Membership): MembershipStep | null {
  if (now.members.join() === members.join()) return null;
  return { membership: { ...now, members }, joins: null, leaves: null };
}

function without(now: Membership, leaves: string): MembershipStep {
  const members = now.members.filter((id) => id !== leaves);
  return { membership: { ...now, members }, joins: null, leaves };
}

/**
 * What changes first when somebody who takes part has lost what it had; null: nothing, since it does not
 * count or, under `continuity`, no more is believed of it than it has.
 */
export function countingNoLonger(
  { membership, learners = [] }: LedgerConfig,
  id: string,
): Partial<Pick<LedgerConfig, 'membership' | 'learners'>> | null {
  if (membership.rule === 'continuity' || learners.includes(id)) return null;
  if (id === membership.witness) return { membership: { ...membership, witness: null } };
  return { learners: [...learners, id] };
}

/**
 * Who must be in sync before it is let go, if anybody: a member that leaves only for as long as the rule
 * changes. Otherwise it could have served alone meanwhile, by the former rule.
 */
export function firstInSync(config: LedgerConfig, { leaves }: MembershipStep): string | null {
  const isMember = leaves !== null && config.membership.members.includes(leaves);
  return isMember && goalOf(config).members.includes(leaves) ? leaves : null;
}

/**
 * Servers that must know that they take part no longer before a step: a ledger is kept by `majority` only
 * when nobody can serve it by the former rule any more.
 */
export function firstAway(
  { membership, relationship }: LedgerConfig,
  step: MembershipStep,
): string[] {
  const isStricter =
    membership.rule !== step.membership.rule && step.membership.rule === 'majority';
  if (!isStricter || !relationship) return [];
  return relationship.members.filter((id) => !membership.members.includes(id));
}

/** An order of another server to give up a ledger. */
export interface Dismissal {
  from: string;
  /** Of the configuration that has no place for this server. */
  configVersion: number;
}

/** Whether this server gives a ledger up when it is told to; nobody takes its own licences from it. */
export function mayBeDismissed(
  { membership, version }: LedgerConfig,
  { from, configVersion }: Dismissal,
  self: { id: string; isActive: boolean },
): boolean {
  if (self.isActive || primaryOf(membership) === self.id || from === self.id) return false;
  return membership.members.includes(from) && configVersion > version;
}

function alone({ members }: Membership): Membership {
  return { members: members.slice(0, 1), witness: null, rule: 'continuity' };
}
