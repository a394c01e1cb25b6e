import type { Draft } from '../ledger/draft.ts';
import { recordEvent } from '../ledger/draft.ts';
import type { CoreEvent } from '../ledger/event.ts';
import { decide, renewOnly } from '../ledger/step.ts';
import { createTally, recordUnion } from '../ledger/unite.ts';
import { yieldToFence } from './active.ts';
import { refuseRequest, releaseReplies } from './answering.ts';
import type { NotServing } from './replica-effect.ts';
import type { LedgerRequest } from './replica-event.ts';
import {
  type ReplicaState,
  ruleOf,
  settingsOf,
  lastWritten,
  keepsRows,
  nameOf,
} from './replica-state.ts';
import { isSureOfQuorum, votersHeard } from './quorum.ts';
import { roundForRead } from './reading.ts';
import { appendChanges } from './replicating.ts';
import { compareTerms } from './term.ts';
import type { Turn } from './turn.ts';

/** Requests that a handover holds back at most. */
const heldMax = 20_000;

/** Decides requests, all in one entry, if this member is sure to be the active one. */
export function serve(turn: Turn, requests: readonly LedgerRequest[]): void {
  const { state } = turn;
  const fence = requests.find(({ fence }) => fence && compareTerms(fence, state.term) > 0)?.fence;
  if (fence && state.role.type === 'active') yieldToFence(turn, fence.number);
  const refusal = refusalToServe(state);
  if (refusal) {
    refuseAll(turn, requests, refusal);
  } else if (state.role.type === 'active' && state.role.handover) {
    const room = Math.max(0, heldMax - state.held.length);
    state.held.push(...requests.slice(0, room));
    refuseAll(turn, requests.slice(room), { reason: 'handover', active: null });
  } else if (state.storeFailed) {
    serveWithoutStore(turn, requests);
  } else {
    runLedger(turn, requests);
  }
}

/** Why nothing is decided here now; null: it is. */
export function refusalToServe(state: ReplicaState): Omit<NotServing, 'type'> | null {
  if (state.standsAside) return { reason: 'copied', active: state.active };
  if (state.replacedBy !== null) return { reason: 'replaced', active: state.active };
  if (state.role.type !== 'active') {
    const { active, incomplete } = state;
    return { reason: incomplete && active === null ? 'incomplete' : 'standby', active };
  }
  if (state.unsureSinceMs !== null) return { reason: 'synchronising', active: null };
  // No proof, which every answer waits for, but the sooner word to one that would wait in vain.
  const { takeoverAfterMs } = settingsOf(state);
  if (ruleOf(state) === 'majority' && !isSureOfQuorum(state, takeoverAfterMs)) {
    return { reason: 'noMajority', active: null };
  }
  return null;
}

function refuseAll(
  turn: Turn,
  requests: readonly LedgerRequest[],
  { reason, active }: Omit<NotServing, 'type'>,
): void {
  for (const { requestId } of requests) refuseRequest(turn, requestId, reason, active);
}

/** Known leases live on; everything else would have to be written. */
function serveWithoutStore(turn: Turn, requests: readonly LedgerRequest[]): void {
  const { state } = turn;
  const renewals = requests.filter(
    (request) => request.type === 'renewalRequested' && state.ledger.leases.has(request.leaseId),
  );
  const known = renewals.filter((request) => request.type === 'renewalRequested');
  const answers = renewOnly(state.ledger, known, turn.at);
  const round = answers.length === 0 ? 0 : roundForRead(turn);
  for (const answer of answers) {
    if (round === 0) turn.effects.push({ type: 'reply', ...answer });
    else state.waiting.push({ index: lastWritten(state), round, ...answer });
  }
  const rest = requests.filter((request) => !renewals.includes(request));
  refuseAll(turn, rest, { reason: 'storeFailed', active: null });
}

/** Says what members brought that are synchronised by now. */
function recordUnions(draft: Draft, state: ReplicaState): void {
  if (!keepsRows(state)) return;
  for (const [id, peer] of state.peers) {
    if (peer.inSyncSinceMs === null) continue;
    recordUnion(draft, nameOf(state, id), peer.brought);
    peer.brought = createTally();
  }
}

/** One step of the ledger: its changes become an entry, its answers wait for the commit. */
export function runLedger(
  turn: Turn,
  events: readonly CoreEvent[],
  note: (draft: Draft) => void = () => undefined,
): void {
  const { state } = turn;
  const pendingEvents = state.pendingEvents.splice(0);
  if (ruleOf(state) === 'majority') state.ledger.votersHeard = new Set(votersHeard(state));
  const { changes, answers, failed } = decide(state.ledger, events, turn.at, (draft) => {
    for (const { kind, severity, message } of pendingEvents)
      recordEvent(draft, kind, severity, message);
    recordUnions(draft, state);
    note(draft);
  });
  if (changes.length > 0) appendChanges(turn, changes);
  const index = lastWritten(state);
  const isRead = changes.length === 0 && answers.length > 0;
  const round = isRead ? roundForRead(turn) : 0;
  for (const { requestId, reply } of answers)
    state.waiting.push({ index, round, requestId, reply });
  for (const { requestId, error } of failed) {
    state.waiting.push({ index, round, requestId, reply: { type: 'failed', error } });
  }
  releaseReplies(turn);
}
