import {
  type LedgerConfig,
  ledgerMembersMax,
  type Membership,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';

import type { ReplicaView } from '../core/replica/replica-view.ts';

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
 * groups that know nothing of each other can both decide. Who comes does so before anybody goes, so
 * that a member is replaced without a time in which fewer keep the ledger.
 *
 * `mayLeave`: nobody who has come is still catching up; else null where somebody would have to go.
 */
export function nextMembership(
  now: Membership,
  goal: Membership,
  mayLeave = true,
): MembershipStep | null {
  if (now.rule !== goal.rule)
    return stepToHeir(now, goal) ?? stepOut(now, goal) ?? stepToRule(now, goal);
  const isFull = now.members.length >= ledgerMembersMax;
  return (
    stepFromWitness(now, goal) ??
    // A witness first, so that the second member finds a majority without it.
    (goal.members.includes(primaryOf(now)) ? stepToWitness(now, goal) : null) ??
    (isFull ? stepOut(now, goal) : null) ??
    stepIn(now, goal) ??
    (mayLeave ? (stepToHeir(now, goal) ?? stepOut(now, goal)) : null) ??
    stepToWitness(now, goal) ??
    (mayLeave ? stepToOrder(now, goal) : null)
  );
}

/** Lets a member go that is not to stay, or the witness; for another rule, all but the primary. */
function stepOut(now: Membership, goal: Membership): MembershipStep | null {
  const rulesDiffer = now.rule !== goal.rule;
  const leaves = now.members.findLast(
    (id, rank) => rank > 0 && (rulesDiffer || !goal.members.includes(id)),
  );
  if (leaves !== undefined) return without(now, leaves);
  return rulesDiffer && now.witness !== null ? withoutWitness(now) : null;
}

function stepFromWitness(now: Membership, { witness }: Membership): MembershipStep | null {
  return now.witness !== null && now.witness !== witness ? withoutWitness(now) : null;
}

/** When the primary is not to stay, those who are come before it. */
function stepToHeir(now: Membership, goal: Membership): MembershipStep | null {
  const heirs = goal.members.filter((id) => now.members.includes(id));
  if (goal.members.includes(primaryOf(now)) || heirs.length === 0) return null;
  const members = [...heirs, ...now.members.filter((id) => !heirs.includes(id))];
  return { membership: { ...now, members }, joins: null, leaves: null };
}

function stepToRule(now: Membership, { rule }: Membership): MembershipStep | null {
  if (now.rule === rule) return null;
  return { membership: { ...now, rule }, joins: null, leaves: null };
}

function stepToWitness(now: Membership, { witness }: Membership): MembershipStep | null {
  if (witness === null || now.witness !== null || now.members.includes(witness)) return null;
  return { membership: { ...now, witness }, joins: witness, leaves: null };
}

/** A member comes after the one that it follows in the goal; the primary stays for the time being. */
function stepIn(now: Membership, goal: Membership): MembershipStep | null {
  const joins = goal.members.find((id) => !now.members.includes(id));
  if (joins === undefined) return null;
  const before = goal.members.slice(0, goal.members.indexOf(joins));
  const rank = now.members.findLastIndex((id) => before.includes(id));
  const members = now.members.toSpliced(Math.max(rank, 0) + 1, 0, joins);
  return { membership: { ...now, members }, joins, leaves: null };
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

function withoutWitness(now: Membership): MembershipStep {
  return { membership: { ...now, witness: null }, joins: null, leaves: now.witness };
}

/** The part of a ledger's view that says who still catches up. */
type Progress = Pick<ReplicaView, 'config' | 'synchronised' | 'members'>;

/**
 * A member that is to stay and does not count yet, or lacks something and can be reached: until it is
 * there, nobody else goes. Null: there is none.
 */
export function findCatchingUp({ config, synchronised, members }: Progress): string | null {
  const { membership, learners = [] } = config;
  const isUp = (id: string) => members.find((member) => member.id === id)?.down === false;
  const isLate = (id: string) => learners.includes(id) || (!synchronised.includes(id) && isUp(id));
  const stays = goalOf(config).members.filter((id) => membership.members.includes(id));
  return stays.find(isLate) ?? null;
}

function alone({ members }: Membership): Membership {
  return { members: members.slice(0, 1), witness: null, rule: 'continuity' };
}
