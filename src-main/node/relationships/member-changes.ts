import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import type { MemberChange } from '../../../src-shared/contract/relationship-plan.ts';
import {
  type LedgerConfig,
  ledgerMembersMax,
  type LedgerRelationship,
  type Membership,
  participants,
  primaryOf,
} from '../../../src-shared/model/ledger-config.ts';
import { isStartOfId } from '../peers/pairing/find-server.ts';
import type { Candidates } from './candidates.ts';
import type { HostedReplica } from '../replicas/hosted-replica.ts';
import { ruleOfPolicy, type ResolvedPlan, serversOfPlan } from './relationship-plan.ts';

// What becomes of a relationship that stands when its members change: as a plan, for each ledger, and
// as a sentence. A backup of three is a triad, and a triad of two a backup.

/** A change with the servers by their ids. */
export type ResolvedChange =
  | { change: 'add' | 'remove'; server: string }
  | { change: 'replace'; server: string; by: string }
  | { change: 'order'; servers: string[] };

/** A member need not be paired any longer to be named; a server that comes has to be. */
export function resolveChange(
  relationship: LedgerRelationship,
  change: MemberChange,
  candidates: Candidates,
): AdminAnswer<ResolvedChange> {
  const member = (reference: string) => findMember(relationship, reference, candidates);
  switch (change.change) {
    case 'add': {
      const found = candidates.find(change.server);
      return found.ok ? done({ change: 'add', server: found.value.id }) : found;
    }
    case 'remove': {
      const found = member(change.server);
      return found.ok ? done({ change: 'remove', server: found.value }) : found;
    }
    case 'replace': {
      const old = member(change.server);
      if (!old.ok) return old;
      const by = candidates.find(change.by);
      return by.ok ? done({ change: 'replace', server: old.value, by: by.value.id }) : by;
    }
    case 'order': {
      const servers: string[] = [];
      for (const reference of change.servers) {
        const found = member(reference);
        if (!found.ok) return found;
        servers.push(found.value);
      }
      return done({ change: 'order', servers });
    }
  }
}

function done<T>(value: T): AdminAnswer<T> {
  return { ok: true, value };
}

function findMember(
  { members }: LedgerRelationship,
  reference: string,
  candidates: Candidates,
): AdminAnswer<string> {
  const byName = members.filter((id) => candidates.nameOf(id) === reference);
  const byId = members.filter((id) => isStartOfId(reference, id));
  const found = [...new Set([...byName, ...byId])];
  const [id] = found;
  if (id !== undefined && found.length === 1) return { ok: true, value: id };
  const names = members.map((one) => candidates.nameOf(one)).join(', ');
  return refuse(
    'NO_SUCH_SERVER',
    `${reference} names no single member of the relationship. Its members are ${names}.`,
  );
}

/** The relationship as it is to be; the refusal says what to do instead. */
export function planOfMembers(
  { kind, name, mutual, policy, members, goal }: LedgerRelationship,
  change: ResolvedChange,
): AdminAnswer<ResolvedPlan> {
  const witness = goal?.witness ?? null;
  const same = { kind, ...(name === undefined ? {} : { name }), mutual, policy, witness };
  if (mutual && change.change !== 'replace') return refuse('BAD_REQUEST', oneWayFirst);
  switch (change.change) {
    case 'add':
      if (members.includes(change.server)) return refuse('BAD_REQUEST', isMember);
      if (kind === 'pool') {
        if (members.length >= ledgerMembersMax) return refuse('BAD_REQUEST', poolIsFull);
        return done({ ...same, members: [...members, change.server] });
      }
      if (kind !== 'backup') return refuse('BAD_REQUEST', triadIsFull);
      return done(triadOf([...members, change.server]));
    case 'remove': {
      const left = members.filter((id) => id !== change.server);
      if (left.length < 2) return refuse('BAD_REQUEST', dissolveInstead);
      return done(kind === 'pool' ? { ...same, members: left } : backupOf(left));
    }
    case 'replace':
      if (members.includes(change.by)) return refuse('BAD_REQUEST', isMember);
      if (change.by === witness) return refuse('BAD_REQUEST', isWitness);
      return done({ ...same, members: members.map((id) => placeTakenBy(id, change)) });
    case 'order': {
      const { servers } = change;
      const isComplete =
        servers.length === members.length && members.every((id) => servers.includes(id));
      return isComplete ? done({ ...same, members: servers }) : refuse('BAD_REQUEST', nameAll);
    }
  }
}

function triadOf(members: string[]): ResolvedPlan {
  return { kind: 'triad', mutual: false, policy: 'strict', witness: null, members };
}

function backupOf(members: string[]): ResolvedPlan {
  return { kind: 'backup', mutual: false, policy: 'available', witness: null, members };
}

function placeTakenBy(
  id: string,
  { server, by }: Extract<ResolvedChange, { change: 'replace' }>,
): string {
  return id === server ? by : id;
}

/** The relationship as one of its ledgers is to have it. */
export function relationshipAfter(
  { membership, relationship }: LedgerConfig,
  plan: ResolvedPlan,
  change: ResolvedChange,
): LedgerRelationship | null {
  if (!relationship) return null;
  const { kind, name, mutual, policy, members } = plan;
  const former = relationship.goal ?? membership;
  const rule = kind === 'pool' ? former.rule : ruleOfPolicy[policy];
  // Each ledger of a mutual backup has its own order: whoever comes takes the same place in both.
  const goal: Membership =
    change.change === 'replace'
      ? { ...former, members: former.members.map((id) => placeTakenBy(id, change)) }
      : { members, witness: plan.witness, rule };
  const named = name === undefined ? {} : { name };
  return { id: relationship.id, kind, ...named, mutual, policy, members, goal };
}

/** What a ledger is to become by a change; of one that has no relationship, nothing. */
export interface GoalOfLedger {
  replica: HostedReplica;
  goal: Membership;
}

export function goalsAfter(
  replicas: readonly HostedReplica[],
  plan: ResolvedPlan,
  change: ResolvedChange,
): GoalOfLedger[] {
  return replicas.flatMap((replica) => {
    const goal = relationshipAfter(replica.view().config, plan, change)?.goal;
    return goal ? [{ replica, goal }] : [];
  });
}

/**
 * Who is a member before and after a change, and need not be reached for it. For another rule there is
 * nobody: all but the primary leave for a moment.
 */
export function stayingBy(
  replicas: readonly HostedReplica[],
  plan: ResolvedPlan,
  change: ResolvedChange,
): string[] {
  const goals = goalsAfter(replicas, plan, change);
  const stays = ({ replica, goal }: GoalOfLedger, id: string) => {
    const { membership } = replica.view().config;
    return membership.rule === goal.rule && participants(membership).includes(id);
  };
  return serversOfPlan(plan).filter((id) => goals.every((one) => stays(one, id)));
}

/** For the timeline. */
export function describeMemberChange(
  change: ResolvedChange,
  { kind, members }: ResolvedPlan,
  candidates: Candidates,
): string {
  const name = (id: string) => candidates.nameOf(id);
  switch (change.change) {
    case 'add':
      return kind === 'pool'
        ? `${name(change.server)} is to join the pool.`
        : `${name(change.server)} is to join the relationship, which becomes a triad.`;
    case 'remove':
      if (kind === 'pool') return `${name(change.server)} is to leave the pool.`;
      return (
        `${name(change.server)} is to leave the relationship, which becomes a backup: ` +
        `${name(members[1] ?? '')} protects ${name(primaryOf({ members }))}.`
      );
    case 'replace':
      return `${name(change.by)} is to take the place of ${name(change.server)}.`;
    case 'order':
      return `The order of the servers is to be ${members.map(name).join(', ')}.`;
  }
}

const oneWayFirst =
  'Each of the two protects the other, so that neither comes before the other and no third one can ' +
  'join. Let one protect the other first: understudy relationship set mutual=false';
const isMember = 'That server is a member already.';
const isWitness =
  'That server is the witness, which keeps no licences. Choose another one, or another witness first.';
const triadIsFull =
  'A triad has three servers. Replace one of them instead: understudy relationship replace OLD NEW';
const poolIsFull = `A pool has ${ledgerMembersMax} servers at most. Replace one of them instead.`;
const dissolveInstead =
  'A relationship has at least two servers. To end it: understudy relationship dissolve';
const nameAll =
  'Name every member of the relationship once, in the order in which they are to serve.';
