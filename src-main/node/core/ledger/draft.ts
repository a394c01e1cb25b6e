import { formatInstant } from '../../../../src-shared/model/scalars.ts';
import type { Severity, TimelineKind } from '../../../../src-shared/model/timeline.ts';
import type { Change } from './change.ts';
import type { Reply } from './reply.ts';
import { applyChange, type LedgerState } from './ledger.ts';
import { ledgerMs, stampMs } from './ledger-time.ts';

export interface Answer {
  requestId: number;
  reply: Reply;
}

/** One step while it is being decided: changes are in force at once and leave as one entry. */
export interface Draft {
  readonly state: LedgerState;
  /** The date of what this step writes down, in ms since 1970. */
  nowMs: number;
  /** What licences, borrows and tokens are judged by, in ms since 1970 (protocol section 8). */
  ledgerMs: number;
  readonly changes: Change[];
  readonly answers: Answer[];
}

/** The clock has been read into the ledger's time before (`observeClock`). */
export function beginDraft(state: LedgerState): Draft {
  const { time } = state;
  return {
    state,
    nowMs: Math.round(stampMs(time)),
    ledgerMs: Math.round(ledgerMs(time)),
    changes: [],
    answers: [],
  };
}

export function record(draft: Draft, change: Change): void {
  applyChange(draft.state, change);
  draft.changes.push(change);
}

/** Answers a request. The answer leaves when the changes of this step are committed. */
export function reply(draft: Draft, requestId: number, answer: Reply): void {
  draft.answers.push({ requestId, reply: answer });
}

/** The ledger's time is written down when it has grown by this much. */
const wallHighEveryMs = 60_000;

/** Ends a step: what was recorded, with the ledger's own figures as they are now. */
export function closeDraft(draft: Draft, always = false): readonly Change[] {
  const { state, changes } = draft;
  state.meta.wallHighMs = draft.ledgerMs;
  const due = state.meta.wallHighMs - state.durableWallHighMs >= wallHighEveryMs;
  if (changes.length === 0 && !due && !always) return changes;
  const after = { ...state.meta };
  changes.push({ type: 'meta', before: state.flushedMeta, after });
  state.flushedMeta = after;
  state.durableWallHighMs = state.meta.wallHighMs;
  return changes;
}

export function recordEvent(
  draft: Draft,
  kind: TimelineKind,
  severity: Severity,
  message: string,
  about: { license?: string; lease?: string } = {},
): void {
  const { meta, serverId } = draft.state;
  meta.eventSequence++;
  record(draft, {
    type: 'event',
    after: {
      sequence: meta.eventSequence,
      server: serverId,
      atMs: draft.nowMs,
      kind,
      severity,
      message,
      ...about,
    },
  });
}

/** The day of an instant, as messages show it. */
export function formatDay(instantMs: number): string {
  return formatInstant(instantMs).slice(0, 10);
}
