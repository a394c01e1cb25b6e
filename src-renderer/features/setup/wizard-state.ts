import type { IpcParams } from '../../../src-shared/contract/ipc.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import type { MemberRole, Policy } from '../../../src-shared/model/relationship.ts';

export type WizardStep = 'kind' | 'servers' | 'policy' | 'check';

export const stepLabels: Record<WizardStep, string> = {
  kind: 'Kind',
  servers: 'Servers',
  policy: 'Policy',
  check: 'Check and create',
};

/** What the wizard sets up; a pool is set up on the command line. */
export type WizardPlan = Exclude<IpcParams<'relationship.create'>, { kind: 'pool' }>;

export type WizardKind = WizardPlan['kind'];

/** The steps to each kind: who may serve in a triad is not chosen. */
const stepsOfKind: Record<WizardKind, readonly WizardStep[]> = {
  backup: ['kind', 'servers', 'policy', 'check'],
  triad: ['kind', 'servers', 'check'],
};

/** What the servers of each kind are, in preference order. */
export const rolesOfKind: Record<WizardKind, readonly MemberRole[]> = {
  backup: ['main', 'backup'],
  triad: ['primary', 'secondary', 'tertiary'],
};

export interface WizardState {
  step: WizardStep;
  kind: WizardKind;
  /** In preference order, as many as a triad has; empty: not chosen yet. */
  members: readonly string[];
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
export function resumeWizard(plan: WizardPlan): WizardState {
  const start = { step: 'check', mutual: false, policy: 'available', witness: '' } as const;
  const { kind } = plan;
  if (kind === 'triad') {
    return { ...start, kind, members: [plan.primary, plan.secondary, plan.tertiary] };
  }
  const { main, backup, mutual = false, policy = 'available', witness = '' } = plan;
  return { ...start, kind, members: [main, backup, ''], mutual, policy, witness };
}

export function stepsOf({ kind }: Pick<WizardState, 'kind'>): readonly WizardStep[] {
  return stepsOfKind[kind];
}

/** The members that the kind has. */
export function chosenMembers({ kind, members }: WizardState): readonly string[] {
  return members.slice(0, rolesOfKind[kind].length);
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
  if (candidates.length >= rolesOfKind[kind].length) return null;
  return kind === 'triad'
    ? 'Pair this server with two others first, and those with each other.'
    : 'Pair this server with another one first.';
}

function findServersObstacle(state: WizardState, candidates: readonly Candidate[]): string | null {
  const { kind } = state;
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

/** What is chosen, as the node takes it. */
export function planOf(state: WizardState): WizardPlan {
  const { kind, mutual, policy, witness } = state;
  const [first = '', second = '', third = ''] = state.members;
  if (kind === 'triad') return { kind, primary: first, secondary: second, tertiary: third };
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
