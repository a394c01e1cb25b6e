import type { IpcParams } from '../../../src-shared/contract/ipc.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { ledgerMembersMax } from '../../../src-shared/model/ledger-config.ts';
import {
  type MemberRole,
  type Policy,
  poolNameSchema,
} from '../../../src-shared/model/relationship.ts';

export type WizardStep = 'kind' | 'servers' | 'policy' | 'check';

export const stepLabels: Record<WizardStep, string> = {
  kind: 'Kind',
  servers: 'Servers',
  policy: 'Policy',
  check: 'Check and create',
};

/** What the wizard sets up. */
export type WizardPlan = IpcParams<'relationship.create'>;

export type WizardKind = WizardPlan['kind'];

/** The steps to each kind: who may serve in a triad is not chosen, and in a pool each licence says it. */
const stepsOfKind: Record<WizardKind, readonly WizardStep[]> = {
  backup: ['kind', 'servers', 'policy', 'check'],
  triad: ['kind', 'servers', 'check'],
  pool: ['kind', 'servers', 'check'],
};

/** Kinds that have a place for each of their servers. */
export type PlacedKind = Exclude<WizardKind, 'pool'>;

/** What the servers of such a kind are, in preference order. */
const rolesOfKind: Record<PlacedKind, readonly MemberRole[]> = {
  backup: ['main', 'backup'],
  triad: ['primary', 'secondary', 'tertiary'],
};

/** Servers that each kind takes at least. */
const serversMin: Record<WizardKind, number> = { backup: 2, triad: 3, pool: 2 };

export interface WizardState {
  step: WizardStep;
  kind: WizardKind;
  /** Of a backup and a triad: in preference order, as many as a triad has; empty: not chosen yet. */
  members: readonly string[];
  /** Of a pool: its servers in preference order. */
  pool: readonly string[];
  /** Of a pool; empty: not typed yet. */
  name: string;
  mutual: boolean;
  policy: Policy;
  /** Empty: not chosen yet. */
  witness: string;
}

export interface Candidate {
  id: string;
  name: string;
  here: boolean;
  connected: boolean;
}

/** Servers that can be part of a relationship: this one, and those that are paired with it. */
export function listCandidates({ server, servers }: NodeSnapshot): Candidate[] {
  return [
    { id: server.id, name: server.name, here: true, connected: true },
    ...servers
      .filter(({ paired }) => paired)
      .map(({ id, name, connected }) => ({ id, name, here: false, connected })),
  ];
}

/** Where the wizard begins: this server is the first, then those that are connected. */
export function startWizard(candidates: readonly Candidate[]): WizardState {
  const others = candidates
    .filter(({ here }) => !here)
    .toSorted((a, b) => Number(b.connected) - Number(a.connected));
  const here = candidates.find((candidate) => candidate.here)?.id ?? '';
  return {
    step: 'kind',
    kind: 'backup',
    members: [here, others[0]?.id ?? '', others[1]?.id ?? ''],
    pool: [here, ...others.map(({ id }) => id)].slice(0, ledgerMembersMax),
    name: '',
    mutual: false,
    policy: 'available',
    witness: '',
  };
}

/** Puts a server that was paired after the wizard began into a place that is empty. */
export function fillPlaces(state: WizardState, candidates: readonly Candidate[]): WizardState {
  const free = startWizard(candidates).members.filter((id) => !state.members.includes(id));
  if (!state.members.includes('') || free.every((id) => id === '')) return state;
  return { ...state, members: state.members.map((id) => (id === '' ? (free.shift() ?? '') : id)) };
}

/** Where the wizard was left: at its last step, with what is being created. */
export function resumeWizard(plan: WizardPlan, candidates: readonly Candidate[]): WizardState {
  const { kind } = plan;
  const step = 'check';
  const start = startWizard(candidates);
  if (kind === 'pool') return { ...start, step, kind, pool: plan.servers, name: plan.name };
  if (kind === 'triad') {
    return { ...start, step, kind, members: [plan.primary, plan.secondary, plan.tertiary] };
  }
  const { main, backup, mutual = false, policy = 'available', witness = '' } = plan;
  return { ...start, step, kind, members: [main, backup, ''], mutual, policy, witness };
}

export function stepsOf({ kind }: Pick<WizardState, 'kind'>): readonly WizardStep[] {
  return stepsOfKind[kind];
}

/** The members that the kind has. */
export function chosenMembers({ kind, members, pool }: WizardState): readonly string[] {
  return kind === 'pool' ? pool : members.slice(0, rolesOfKind[kind].length);
}

/** With a server in a place: the one that was there takes the place that the other had. */
export function withMember({ members }: WizardState, rank: number, id: string): readonly string[] {
  const former = members[rank] ?? '';
  return members.map((member, at) => (at === rank ? id : member === id ? former : member));
}

/** Servers that could be the witness: not one of the two. */
export function listWitnesses(state: WizardState, candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({ id }) => !chosenMembers(state).includes(id));
}

/** Why the wizard cannot go on from its step; null when it can. */
export function findObstacle(state: WizardState, candidates: readonly Candidate[]): string | null {
  switch (state.step) {
    case 'kind':
      return findKindObstacle(state, candidates);
    case 'servers':
      return findServersObstacle(state, candidates);
    case 'policy':
      if (state.policy === 'available') return null;
      return listWitnesses(state, candidates).some(({ id }) => id === state.witness)
        ? null
        : 'Choose the witness.';
    case 'check':
      return null;
  }
}

function findKindObstacle({ kind }: WizardState, candidates: readonly Candidate[]): string | null {
  if (candidates.length >= serversMin[kind]) return null;
  return kind === 'triad'
    ? 'Pair this server with two others first, and those with each other.'
    : 'Pair this server with another one first.';
}

function findServersObstacle(state: WizardState, candidates: readonly Candidate[]): string | null {
  const { kind } = state;
  if (kind === 'pool') return findPoolObstacle(state, candidates);
  const members = chosenMembers(state);
  const missing = members.findIndex((id) => !candidates.some((candidate) => candidate.id === id));
  const role = rolesOfKind[kind][missing];
  if (role !== undefined) return `Choose the ${role} server.`;
  if (new Set(members).size < members.length) {
    return kind === 'triad'
      ? 'The three must be different servers.'
      : 'Main and backup must be two different servers.';
  }
  const here = candidates.find((candidate) => candidate.here)?.id ?? '';
  if (members.includes(here)) return null;
  return kind === 'triad'
    ? 'One of the three must be this server. Set a triad of others up in the window of one of them.'
    : 'One of the two must be this server. Set a backup of two other servers up in the window of one of them.';
}

function findPoolObstacle(
  { pool, name }: WizardState,
  candidates: readonly Candidate[],
): string | null {
  const typed = poolNameSchema.safeParse(name.trim());
  if (!typed.success) {
    return name.trim() === '' ? 'Give the pool a name.' : 'The name of the pool is too long.';
  }
  if (pool.length < serversMin.pool) return 'A pool takes two servers at least.';
  if (pool.length > ledgerMembersMax) return `A pool takes ${ledgerMembersMax} servers at most.`;
  const here = candidates.find((candidate) => candidate.here)?.id ?? '';
  if (pool.includes(here)) return null;
  return 'One of the servers must be this one. Set a pool of others up in the window of one of them.';
}

/** What is chosen, as the node takes it. */
export function planOf(state: WizardState): WizardPlan {
  const { kind, mutual, policy, witness } = state;
  const [first = '', second = '', third = ''] = state.members;
  if (kind === 'triad') return { kind, primary: first, secondary: second, tertiary: third };
  if (kind === 'pool') return { kind, name: state.name.trim(), servers: [...state.pool] };
  return {
    kind,
    main: first,
    backup: second,
    mutual,
    policy,
    ...(policy === 'strict' && { witness }),
  };
}

export function stepBefore(state: WizardState): WizardStep {
  const steps = stepsOf(state);
  return steps[Math.max(0, steps.indexOf(state.step) - 1)] ?? 'kind';
}

export function stepAfter(state: WizardState): WizardStep {
  const steps = stepsOf(state);
  return steps[steps.indexOf(state.step) + 1] ?? 'check';
}
