import {
  type LedgerConfig,
  ledgerMembersMax,
  type Membership,
  participants,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';

import type { LedgerState } from '../core/ledger/ledger.ts';
import { hasSurplus } from '../core/ledger/overdraft.ts';
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
 * Where a ledger is on its way to for now. `majority` never has more seats out than the licences (protocol
 * section 7): as long as more are, the members that are to keep the ledger keep it by the rule that it has, so
 * that nothing is unprotected meanwhile.
 */
export function goalForNow(ledger: LedgerState): Membership {
  const goal = goalOf(ledger.config);
  const { rule } = ledger.config.membership;
  return waitsForSeats(ledger, goal) ? { ...goal, rule, witness: null } : goal;
}

/** A ledger cannot be kept by the rule of the goal before fewer seats are out. */
export function waitsForSeats(ledger: LedgerState, { rule }: Membership): boolean {
  return rule === 'majority' && ledger.config.membership.rule !== rule && hasSurplus(ledger);
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

/** A server that is told to give a ledger up. */
export interface Dismissed {
  id: string;
  isActive: boolean;
  calledIn: number;
  /**
   * It was called under `continuity` and has got nothing yet. By whatever version it was called, the one that
   * called it can come to want something else before it makes that.
   */
  hasNothing: boolean;
}

/** Whether this server gives a ledger up when it is told to; nobody takes its own licences from it. */
export function mayBeDismissed(
  { membership, relationship, version }: LedgerConfig,
  { from, configVersion }: Dismissal,
  self: Dismissed,
): boolean {
  // What was agreed upon can be that another server takes the place of this one.
  const isReplaced = relationship?.goal?.members.includes(self.id) === false;
  const isOwn = primaryOf(membership) === self.id && !isReplaced;
  if (self.isActive || isOwn || from === self.id) return false;
  const isLater = configVersion > Math.max(version, self.calledIn);
  return membership.members.includes(from) && (isLater || self.hasNothing);
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

/** The next step that can be taken now; null: none, or somebody is still catching up. */
export function nextStepOf(view: Progress, ledger: LedgerState): MembershipStep | null {
  const { membership } = view.config;
  return nextMembership(membership, goalForNow(ledger), findCatchingUp(view) === null);
}

/**
 * Whether the server that serves brings a ledger on its way. A failover server keeps the place of the
 * primary: it does not let go of it or of others for another rule, nor for the end of a relationship.
 * Where the goal says by name who is to stay, and the rule stays, it goes on, since the primary may be
 * one that is being replaced.
 */
export function mayStep({ membership, relationship }: LedgerConfig, ownId: string): boolean {
  const primary = primaryOf(membership);
  if (primary === ownId) return true;
  const goal = relationship?.goal;
  if (!goal) return false;
  return goal.rule === membership.rule || !goal.members.includes(primary);
}

/**
 * To whom a server that serves and is not to stay gives its place, so that it can be let go; null: it
 * stays, or nobody is ready.
 */
export function findHeir(
  { config, synchronised }: Omit<Progress, 'members'>,
  ownId: string,
): string | null {
  const goal = goalOf(config);
  if (goal.members.includes(ownId)) return null;
  const isHeir = (id: string) => goal.members.includes(id) && synchronised.includes(id);
  return config.membership.members.find(isHeir) ?? null;
}

function alone({ members }: Membership): Membership {
  return { members: members.slice(0, 1), witness: null, rule: 'continuity' };
}

/** Members that stay: one that is on its way out need not be known to who comes, and may be dead. */
export function lastingOf(config: LedgerConfig): string[] {
  const all = participants(config.membership);
  return participants(goalOf(config)).filter((id) => all.includes(id));
}
