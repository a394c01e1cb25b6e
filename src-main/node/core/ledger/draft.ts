import { type Actor, systemActor } from '../../../../src-shared/model/actor.ts';
import { clockDifferenceToldMs } from '../../../../src-shared/model/clock-difference.ts';
import {
  type Severity,
  type TimelineKind,
  timelineMessage,
} from '../../../../src-shared/model/timeline.ts';
import type { SpellId, SpellRow } from '../rows/row.ts';
import type { AdminRequest } from './admin-request.ts';
import type { Change } from './change.ts';
import type { Reply } from './reply.ts';
import { applyChange, forgetTime, type LedgerState } from './ledger.ts';
import { withRow } from './row-change.ts';
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
  /** That has got ahead at once since the step before, or an admin has set it. */
  hasLeapt: boolean;
  /** An admin has set it on, by an order that came or was heard of in this step. */
  wasSetOn: boolean;
  readonly changes: Change[];
  readonly answers: Answer[];
  /** Nothing can be written: known leases are renewed and no more. */
  readonly readOnly: boolean;
  /** Whose request is carried out; undefined: nobody's. */
  actor: Actor | undefined;
}

/** What carries each request of an admin out and answers it. */
export type AdminHandlers = {
  readonly [T in AdminRequest['type']]: (
    draft: Draft,
    request: Extract<AdminRequest, { type: T }>,
  ) => void;
};

/** The clock has been read into the ledger's time before (`observeClock`). */
export function beginDraft(state: LedgerState, readOnly = false): Draft {
  const { time, meta } = state;
  return {
    state,
    nowMs: stampMs(time),
    ledgerMs: ledgerMs(time),
    hasLeapt: ledgerMs(time) - meta.wallHighMs > clockDifferenceToldMs,
    wasSetOn: false,
    changes: [],
    answers: [],
    readOnly,
    actor: undefined,
  };
}

/** The ledger's time was set: the step goes on by it. */
export function retime(draft: Draft): void {
  const { state } = draft;
  const { time } = state;
  draft.wasSetOn = ledgerMs(time) > draft.ledgerMs + clockDifferenceToldMs;
  draft.nowMs = stampMs(time);
  draft.ledgerMs = ledgerMs(time);
  draft.hasLeapt = true;
  forgetTime(state);
}

export function record(draft: Draft, change: Change): void {
  const whole = withRow(draft.state, change, draft.ledgerMs);
  applyChange(draft.state, whole);
  draft.changes.push(whole);
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
  if (state.spell) {
    recordSpell(draft, state.spell);
    return changes;
  }
  const after = { ...state.meta };
  changes.push({ type: 'meta', before: state.flushedMeta, after });
  state.flushedMeta = after;
  state.durableWallHighMs = state.meta.wallHighMs;
  return changes;
}

/** Ends a write under `continuity`: the spell says that there was one, and how far history goes. */
function recordSpell(draft: Draft, spell: SpellRow): void {
  const { state } = draft;
  const before = state.rows?.spell.get(spell.id) ?? null;
  const after: SpellRow = {
    ...spell,
    write: spell.write + 1,
    toMs: draft.ledgerMs,
    timesSet: state.meta.timesSet,
    told: state.toldWrite,
    overdraft: state.meta.overdraft,
  };
  record(draft, { type: 'row', row: { before, after } });
  state.spell = { ...after };
  state.durableWallHighMs = state.meta.wallHighMs;
}

/** The next number of a usage record or timeline entry, and the spell that numbers it. */
export function nextNumber(
  { meta, spell }: LedgerState,
  kind: 'usage' | 'events',
): { sequence: number; spell?: SpellId } {
  if (spell) return { sequence: ++spell[kind], spell: spell.id };
  return { sequence: kind === 'usage' ? ++meta.usageSequence : ++meta.eventSequence };
}

export function recordEvent(
  draft: Draft,
  kind: TimelineKind,
  severity: Severity,
  message: string,
  about: { license?: string; lease?: string } = {},
): void {
  const { serverId } = draft.state;
  const { sequence, ...numbered } = nextNumber(draft.state, 'events');
  record(draft, {
    type: 'event',
    ...numbered,
    after: {
      sequence,
      server: serverId,
      atMs: draft.nowMs,
      kind,
      severity,
      message: timelineMessage(message),
      ...about,
      actor: draft.actor ?? systemActor(serverId),
    },
  });
}
