import { formatInstant } from '../../../src-shared/model/scalars.ts';
import type { Severity, TimelineKind } from '../../../src-shared/model/timeline.ts';
import type { Change } from './change.ts';
import type { Effect, Reply } from './effect.ts';
import { applyChange, type LedgerState } from './ledger.ts';

/** One step while it is being decided: changes are in force at once and leave as effects. */
export interface Draft {
  readonly state: LedgerState;
  /** Wall-clock time of this step, never lower than the highest one seen (protocol section 8). */
  readonly nowMs: number;
  changes: Change[];
  readonly effects: Effect[];
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
export function flushChanges(draft: Draft): void {
  const { state } = draft;
  const grownMs = state.meta.wallHighMs - state.durableWallHighMs;
  const due = grownMs >= wallHighEveryMs && !state.storeFailed;
  if (draft.changes.length === 0 && !due) return;
  const changes = draft.changes;
  changes.push({ type: 'meta', after: { ...state.meta } });
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
