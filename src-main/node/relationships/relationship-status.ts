import { type LedgerRelationship, primaryOf } from '../../../src-shared/model/ledger-config.ts';
import type { Readiness } from '../../../src-shared/model/readiness.ts';
import type {
  MemberRole,
  MemberStatus,
  RelationshipStatus,
} from '../../../src-shared/model/relationship.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import type { AwaitedConsents } from './awaited-consents.ts';
import type { Candidates } from './candidates.ts';
import { findCatchingUp, goalForNow, goalOf, nextMembership } from './membership-steps.ts';
import { describeOverdrawn } from './step-words.ts';
import {
  describeLicenses,
  findUnprotected,
  type OwnRelationship,
  serversOf,
} from './shared-ledgers.ts';
import { describeUnserved } from '../replicas/not-serving.ts';

/** A relationship as this server sees it. */
export function deriveRelationshipStatus(
  own: OwnRelationship,
  candidates: Candidates,
  consents: Pick<AwaitedConsents, 'messageOf' | 'obstacleOf' | 'outsideOf' | 'returningOf'>,
  readiness: Readiness,
): RelationshipStatus {
  const { relationship, replicas } = own;
  const { id, kind, name, policy, mutual } = relationship;
  const servers = serversOf(relationship);
  const awaited = consents.messageOf(servers);
  const returning = consents.returningOf(id, servers);
  const outside = consents.outsideOf(id, servers);
  const [first] = replicas;
  if (!first) throw new Error('a relationship has a ledger');
  const dissolving = replicas.some((replica) => replica.view().config.relationship?.goal === null);
  const step =
    describePending(replicas, candidates, consents) ??
    (dissolving ? null : describeUnprotected(own, candidates));
  const isAwaited = step !== null && !dissolving && awaited !== null;
  // A server that takes no part is what a step waits for, whichever it is.
  const waits = dissolving ? step : (returning ?? step);
  const pending = isAwaited ? awaited : waits;
  return {
    id,
    kind,
    ...(name === undefined ? {} : { name }),
    policy,
    mutual,
    members: servers.map((member) => describeMember(member, relationship, replicas, candidates)),
    ledgers: replicas.map((replica) => replica.id),
    readiness,
    settings: first.view().config.settings,
    state: dissolving ? 'dissolving' : pending === null ? 'established' : 'forming',
    pending,
    ...(outside.length > 0 && !dissolving && { outside }),
  };
}

/** The relationship of a server's own licences among all that it is in; null: they are in none. */
export function relationshipOfOwn(
  ownId: string,
  all: readonly RelationshipStatus[],
): RelationshipStatus | null {
  const isOwn = ({ members: [first], mutual, kind }: RelationshipStatus) =>
    first?.id === ownId || mutual || kind !== 'backup';
  return all.find(isOwn) ?? null;
}

/** What the present step of setting up, changing or dissolving waits for. */
function describePending(
  replicas: readonly HostedReplica[],
  candidates: Candidates,
  consents: Pick<AwaitedConsents, 'obstacleOf'>,
): string | null {
  for (const replica of replicas) {
    const view = replica.view();
    const { config, active } = view;
    const [learner = null] = config.learners ?? [];
    const goal = goalForNow(replica.ledger);
    const isThere = nextMembership(config.membership, goal) === null;
    if (isThere && learner === null) {
      if (goal.rule === goalOf(config).rule) continue;
      return describeOverdrawn(config, candidates);
    }
    const owner = candidates.nameOf(primaryOf(replica));
    if (active === null) return describeUnserved(owner);
    const of = describeLicenses(config, candidates);
    const late = isThere ? learner : findCatchingUp(view);
    const step = nextMembership(config.membership, goal, late === null);
    if (!step) return `${candidates.nameOf(late ?? '')} is getting everything of ${of}.`;
    const obstacle = consents.obstacleOf(replica.id);
    if (obstacle !== null) return obstacle;
    if (step.joins !== null) return `${candidates.nameOf(step.joins)} is to take part in ${of}.`;
    if (step.leaves !== null) return `${candidates.nameOf(step.leaves)} is to leave ${of}.`;
    return `Who may serve ${of}, and in which order, is being changed.`;
  }
  return null;
}

function describeUnprotected(own: OwnRelationship, candidates: Candidates): string | null {
  if (own.relationship.kind === 'pool' && own.replicas.length < 2) {
    return 'The licences with the majority rule are to be protected too.';
  }
  const id = findUnprotected(own);
  return id === undefined
    ? null
    : `The licences of ${candidates.nameOf(id)} are to be protected too.`;
}

const rolesByKind = {
  backup: ['main', 'backup'],
  triad: ['primary', 'secondary', 'tertiary'],
  pool: ['leader', 'follower'],
} as const satisfies Record<LedgerRelationship['kind'], readonly MemberRole[]>;

export function roleOf(id: string, { kind, members }: LedgerRelationship): MemberRole {
  const rank = members.indexOf(id);
  if (rank < 0) return 'witness';
  const roles = rolesByKind[kind];
  return roles[Math.min(rank, roles.length - 1)] ?? 'follower';
}

function describeMember(
  id: string,
  relationship: LedgerRelationship,
  replicas: readonly HostedReplica[],
  candidates: Candidates,
): MemberStatus {
  const { name, address, paired, connected, clockDifferenceMs, version } = candidates.get(id);
  return {
    id,
    name,
    role: roleOf(id, relationship),
    address,
    paired,
    connected,
    synchronised: isMemberSynchronised(id, replicas, connected),
    clockDifferenceMs: clockDifferenceMs === null ? null : Math.round(clockDifferenceMs),
    version,
  };
}

/**
 * The server has everything of every ledger that it is a member of; a witness need have nothing.
 */
export function isMemberSynchronised(
  id: string,
  replicas: readonly HostedReplica[],
  connected: boolean,
): boolean {
  const own = replicas.filter((replica) => goalOf(replica.view().config).members.includes(id));
  if (own.length === 0) return connected;
  return own.every((replica) => replica.view().synchronised.includes(id));
}
