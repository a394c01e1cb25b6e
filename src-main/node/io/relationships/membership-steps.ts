import type { LedgerConfig, Membership } from '../../../../src-shared/model/ledger-config.ts';

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
  const rulesDiffer = now.rule !== goal.rule;
  const letGo = now.members.findLast(
    (id, rank) => rank > 0 && (rulesDiffer || !goal.members.includes(id)),
  );
  if (letGo !== undefined) {
    const members = now.members.filter((id) => id !== letGo);
    return { membership: { ...now, members }, joins: null, leaves: letGo };
  }
  if (now.witness !== null && (rulesDiffer || now.witness !== goal.witness)) {
    return { membership: { ...now, witness: null }, joins: null, leaves: now.witness };
  }
  if (rulesDiffer) {
    return { membership: { ...now, rule: goal.rule }, joins: null, leaves: null };
  }
  if (goal.witness !== null && now.witness === null) {
    const membership = { ...now, witness: goal.witness };
    return { membership, joins: goal.witness, leaves: null };
  }
  const missing = goal.members.find((id) => !now.members.includes(id));
  if (missing !== undefined) {
    const members = goal.members.filter((id) => id === missing || now.members.includes(id));
    return { membership: { ...now, members }, joins: missing, leaves: null };
  }
  if (now.members.join() === goal.members.join()) return null;
  return { membership: { ...now, members: goal.members }, joins: null, leaves: null };
}

function alone({ members }: Membership): Membership {
  return { members: members.slice(0, 1), witness: null, rule: 'continuity' };
}
