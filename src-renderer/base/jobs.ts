import { useCallback, useSyncExternalStore } from 'react';
import type {
  IpcAnswer,
  IpcParams,
  IpcRequestName,
  IpcResult,
} from '../../src-shared/contract/ipc.ts';
import { request } from './bridge.ts';

// Requests that take long, and what came of them: kept beside the tabs, so that an admin
// who leaves the tab and comes back is still told the result.

type JobName = Extract<IpcRequestName, 'relationship.create' | 'relationship.dissolve' | 'drill'>;

export type JobState<N extends JobName> =
  | { kind: 'none' }
  | { kind: 'running'; params: IpcParams<N> }
  | { kind: 'ended'; params: IpcParams<N>; answer: IpcAnswer<IpcResult<N>> };

type JobStates = { [N in JobName]: JobState<N> };

let states: JobStates = {
  'relationship.create': { kind: 'none' },
  'relationship.dissolve': { kind: 'none' },
  drill: { kind: 'none' },
};
const listeners = new Set<() => void>();

function change<N extends JobName>(name: N, state: JobState<N>): void {
  states = { ...states, [name]: state };
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Starts a request unless it is under way already; resolves to whether it was done. */
async function start<N extends JobName>(name: N, params: IpcParams<N>): Promise<boolean> {
  if (states[name].kind === 'running') return false;
  change(name, { kind: 'running', params });
  const answer = await request(name, params);
  change(name, { kind: 'ended', params, answer });
  return answer.ok;
}

/** Forgets what came of a request; one that is under way goes on. */
function dismiss(name: JobName): void {
  if (states[name].kind === 'ended') change(name, { kind: 'none' });
}

export interface Job<N extends JobName> {
  state: JobState<N>;
  /** Resolves to whether it was done by this start. */
  start: (params: IpcParams<N>) => Promise<boolean>;
  dismiss: () => void;
}

/** A long request: whether it is under way, and what came of it until that is dismissed. */
export function useJob<N extends JobName>(name: N): Job<N> {
  const state = useSyncExternalStore(listen, () => states[name]) as JobState<N>;
  return {
    state,
    start: useCallback((params) => start(name, params), [name]),
    dismiss: useCallback(() => dismiss(name), [name]),
  };
}
