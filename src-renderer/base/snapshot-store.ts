import { useSyncExternalStore } from 'react';
import type { NodeSnapshot } from '../../src-shared/model/node-snapshot.ts';
import type { DesktopStatus, UiSnapshot } from '../../src-shared/model/ui-snapshot.ts';
import { inRelationship } from '../../src-shared/view/one-relationship.ts';
import { request, subscribe } from './bridge.ts';
import { useRelationshipScope } from './relationship-scope.tsx';
import { acceptSnapshot, type SnapshotState } from './snapshot-state.ts';

const retryAfterMs = 1_000;

let state: SnapshotState = { ui: null, node: null, problem: null };
const listeners = new Set<() => void>();

function change(next: SnapshotState): void {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

/** Subscribes first and fetches then, so that no change falls between the two. */
export function startSnapshots(): void {
  subscribe('snapshot.changed', (ui) => change(acceptSnapshot(state, ui)));
  void fetchFirst();
}

async function fetchFirst(): Promise<void> {
  const answer = await request('snapshot.get', {});
  if (answer.ok) return change(acceptSnapshot(state, answer.value));
  if (state.ui) return;
  change({ ...state, problem: answer.message });
  setTimeout(() => void fetchFirst(), retryAfterMs);
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function useState<T>(select: (state: SnapshotState) => T): T {
  return useSyncExternalStore(listen, () => select(state));
}

/** Null until the first snapshot is there. */
export function useUi<T>(select: (ui: UiSnapshot | null) => T): T {
  return useState((current) => select(current.ui));
}

export function useDesktop<T>(select: (desktop: DesktopStatus) => T): T {
  return useState((current) => select(known(current.ui).desktop));
}

/** The theme has few colours, all of them strong. */
export function useHighContrast(): boolean {
  return useState((current) => current.ui?.desktop.effectiveTheme === 'highContrast');
}

/**
 * A part of the last known state of the node. Only below `NodeGate`, which draws nothing before
 * there is one. The selector must return a part as it is, or a primitive value.
 */
export function useNode<T>(select: (node: NodeSnapshot) => T): T {
  const scope = useRelationshipScope();
  return useState((current) => select(seenIn(known(current.node), scope)));
}

/** The same, of all relationships, wherever it is drawn. */
export function useWholeNode<T>(select: (node: NodeSnapshot) => T): T {
  return useState((current) => select(known(current.node)));
}

export function useHasNode(): boolean {
  return useState((current) => current.node !== null);
}

export function useSnapshotProblem(): string | null {
  return useState((current) => current.problem);
}

/** By snapshot and relationship, so that each is one value for as long as it is the last. */
const scoped = new WeakMap<NodeSnapshot, Map<string, NodeSnapshot>>();

function seenIn(node: NodeSnapshot, relationship: string | null): NodeSnapshot {
  if (relationship === null) return node;
  const views = scoped.get(node) ?? new Map<string, NodeSnapshot>();
  scoped.set(node, views);
  const view = views.get(relationship) ?? inRelationship(node, relationship);
  views.set(relationship, view);
  return view;
}

function known<T>(value: T | null): T {
  if (value === null) throw new Error('Drawn before the first snapshot was there.');
  return value;
}
