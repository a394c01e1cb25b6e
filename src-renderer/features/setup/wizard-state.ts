import type { IpcParams } from '../../../src-shared/contract/ipc.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import type { Policy } from '../../../src-shared/model/relationship.ts';

export const wizardSteps = ['kind', 'servers', 'policy', 'check'] as const;
export type WizardStep = (typeof wizardSteps)[number];

export const stepLabels: Record<WizardStep, string> = {
  kind: 'Kind',
  servers: 'Servers',
  policy: 'Policy',
  check: 'Check and create',
};

export interface WizardState {
  step: WizardStep;
  main: string;
  /** Empty: not chosen yet. */
  backup: string;
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

/** Where the wizard begins: this server is the main, the first that is connected its backup. */
export function startWizard(candidates: readonly Candidate[]): WizardState {
  const others = candidates.filter(({ here }) => !here);
  const backup = others.find(({ connected }) => connected) ?? others[0];
  return {
    step: 'kind',
    main: candidates.find(({ here }) => here)?.id ?? '',
    backup: backup?.id ?? '',
    mutual: false,
    policy: 'available',
    witness: '',
  };
}

/** Where the wizard was left: at its last step, with what is being created. */
export function resumeWizard(plan: IpcParams<'relationship.create'>): WizardState {
  const { main, backup, mutual = false, policy = 'available', witness = '' } = plan;
  return { step: 'check', main, backup, mutual, policy, witness };
}

/** Servers that could be the witness: not one of the two. */
export function listWitnesses(state: WizardState, candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({ id }) => id !== state.main && id !== state.backup);
}

/** Why the wizard cannot go on from its step; null when it can. */
export function findObstacle(state: WizardState, candidates: readonly Candidate[]): string | null {
  switch (state.step) {
    case 'kind':
      return candidates.length < 2 ? 'Pair this server with another one first.' : null;
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

function findServersObstacle(state: WizardState, candidates: readonly Candidate[]): string | null {
  const known = (id: string) => candidates.some((candidate) => candidate.id === id);
  if (!known(state.main)) return 'Choose the main server.';
  if (!known(state.backup)) return 'Choose the backup server.';
  if (state.main === state.backup) return 'Main and backup must be two different servers.';
  const here = candidates.find((candidate) => candidate.here)?.id;
  if (state.main !== here && state.backup !== here) {
    return 'One of the two must be this server. Set a backup of two other servers up in the window of one of them.';
  }
  return null;
}

/** What is chosen, as the node takes it. */
export function planOf(state: WizardState): IpcParams<'relationship.create'> {
  const { main, backup, mutual, policy, witness } = state;
  return { kind: 'backup', main, backup, mutual, policy, ...(policy === 'strict' && { witness }) };
}

export function stepBefore(step: WizardStep): WizardStep {
  return wizardSteps[Math.max(0, wizardSteps.indexOf(step) - 1)] ?? 'kind';
}

export function stepAfter(step: WizardStep): WizardStep {
  return wizardSteps[wizardSteps.indexOf(step) + 1] ?? 'check';
}
