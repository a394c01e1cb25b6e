import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { Severity, TimelineKind } from '../../../src-shared/model/timeline.ts';
import type { Change } from './change.ts';
import type { Effect, Reply } from './effect.ts';
import type { Instant } from './event.ts';
import { applyChange, type LedgerState } from './ledger.ts';

/** One step while it is being decided: changes are in force at once and leave as effects. */
export interface Draft {
  readonly state: LedgerState;
  /** Wall-clock time of this step, never lower than the highest one seen (protocol section 8). */
  readonly nowMs: number;
  changes: Change[];
  readonly effects: Effect[];
}

/** Wall-clock time that never goes back: a clock set back revives no expired licence. */
export function highestWallMs(state: LedgerState, wallMs: number): number {
  return Math.max(state.meta.wallHighMs, wallMs);
}

export function beginDraft(state: LedgerState, at: Instant): Draft {
  return { state, nowMs: highestWallMs(state, at.wallMs), changes: [], effects: [] };
}

export function record(draft: Draft, change: Change): void {
  applyChange(draft.state, change);
  draft.changes.push(change);
}

/** Answers a request. The answer leaves when everything recorded before it is durable. */
export function reply(draft: Draft, requestId: number, answer: Reply): void {
  flushChanges(draft);
  draft.effects.push({ type: 'reply', requestId, reply: answer });
}

/** The highest wall-clock time seen is written down when it has grown by this much. */
const wallHighEveryMs = 60_000;

/** Turns what was recorded into one effect, with the ledger's own figures as they are now. */
export function flushChanges(draft: Draft, always = false): void {
  const { state } = draft;
  const grownMs = state.meta.wallHighMs - state.durableWallHighMs;
  const due = grownMs >= wallHighEveryMs && !state.storeFailed;
  if (draft.changes.length === 0 && !due && !always) return;
  const changes = draft.changes;
  const after = { ...state.meta };
  changes.push({ type: 'meta', before: state.flushedMeta, after });
  state.flushedMeta = after;
  state.durableWallHighMs = state.meta.wallHighMs;
  draft.changes = [];
  draft.effects.push({ type: 'persist', changes });
}

export function recordEvent(
  draft: Draft,
  kind: TimelineKind,
  severity: Severity,
  message: string,
  about: { license?: string; lease?: string } = {},
): void {
  const { meta } = draft.state;
  meta.eventSequence++;
  record(draft, {
    type: 'event',
    after: { sequence: meta.eventSequence, atMs: draft.nowMs, kind, severity, message, ...about },
  });
}

/** The day of an instant, as messages show it. */
export function formatDay(instantMs: number): string {
  return formatInstant(instantMs).slice(0, 10);
}

export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
