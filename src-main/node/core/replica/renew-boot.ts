import { stepDown } from './active.ts';
import { noteForgotten } from './dropped.ts';
import { keepsRows, others, ruleOf } from './replica-state.ts';
import type { Turn } from './turn.ts';

/** Serves nothing while another server with this one's identity runs in its place (section 3b). */
export function noteCopy(turn: Turn, standsAside: boolean): void {
  const { state } = turn;
  state.standsAside = standsAside;
  if (standsAside && state.role.type !== 'standby') stepDown(turn, null);
}

/**
 * The directory was put back from a copy. Under `continuity` nothing is to be done: no more is believed of
 * a member than it has. Where votes decide it may have forgotten what it promised and acknowledged, so that
 * it is incomplete until the others have counted it out and it has everything (section 3b).
 */
export function notePutBack(turn: Turn): void {
  const { state } = turn;
  if (ruleOf(state) !== 'majority' || others(state).length === 0) return;
  state.incomplete = true;
  noteForgotten(turn);
  if (state.role.type !== 'standby') stepDown(turn, null);
}

/**
 * From here on this server is another start of itself (protocol section 3b): it may have been copied
 * while it stood still, with all that it remembers. What it acknowledged before counts for nothing, and
 * where it served it begins a term of its own.
 */
export function renewBoot(turn: Turn, boot: string): void {
  const { state } = turn;
  state.boot = boot;
  if (keepsRows(state) && state.role.type !== 'standby') stepDown(turn, null);
}
