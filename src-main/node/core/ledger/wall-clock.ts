import { type Draft, recordEvent } from './draft.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';

/** A clock that differs by more is an event (protocol section 8). */
const jumpMsMax = 5 * 60_000;

/** Notices clocks set back or forward, given the monotonic time since the step before. */
export function watchWallClock(draft: Draft, wallMs: number, elapsedMs: number): void {
  const { state } = draft;
  const backMs = draft.nowMs - wallMs;
  if (backMs > jumpMsMax && !state.clockIsBack) {
    state.clockIsBack = true;
    recordEvent(
      draft,
      'clockSetBack',
      'warning',
      `This server's clock is ${countOf(Math.round(backMs / 60_000), 'minute')} behind the latest ` +
        `time seen. Validity is judged by the latest time; set the clock right.`,
    );
  } else if (backMs <= jumpMsMax) {
    state.clockIsBack = false;
  }
  const forwardMs = wallMs - state.lastWallMs - elapsedMs;
  if (forwardMs > jumpMsMax && backMs <= 0) {
    recordEvent(
      draft,
      'clockSetForward',
      'warning',
      `This server's clock went forward by ${countOf(Math.round(forwardMs / 60_000), 'minute')}. ` +
        `If that was a mistake, licences can end too early: set the clock right.`,
    );
  }
  state.lastWallMs = wallMs;
  state.meta.wallHighMs = draft.nowMs;
}
