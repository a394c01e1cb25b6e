import type { NodeSnapshot } from '../../src-shared/model/node-snapshot.ts';
import type { UiSnapshot } from '../../src-shared/model/ui-snapshot.ts';
import { shareStructure } from './share-structure.ts';

export interface SnapshotState {
  ui: UiSnapshot | null;
  /** The last known node: it stays when a later snapshot has none. */
  node: NodeSnapshot | null;
  /** Why the first snapshot could not be had. */
  problem: string | null;
}

/** The state after a snapshot came in; the same state when it is not newer than the known one. */
export function acceptSnapshot(state: SnapshotState, next: UiSnapshot): SnapshotState {
  if (state.ui && next.revision <= state.ui.revision) return state;
  const ui = shareStructure(state.ui, next);
  return { ui, node: ui.node ?? state.node, problem: null };
}
