import { compareTerms } from '../../../src-main/node/core/replica/term.ts';
import type { ReplicaState } from '../../../src-main/node/core/replica/replica-state.ts';
import { refusalToServe } from '../../../src-main/node/core/replica/serving.ts';

/** Takes down that an invariant of protocol section 9 does not hold, beginning with its number. */
export type Report = (violation: string) => void;

/** Nothing of a spell leaves a server before its term is written down. */
export function serves(state: ReplicaState): boolean {
  return compareTerms(state.durableTerm, state.term) === 0 && refusalToServe(state) === null;
}
