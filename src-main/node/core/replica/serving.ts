import type { CoreEvent } from '../event.ts';
import { step } from '../step.ts';
import { releaseReplies, refuseRequest } from './answering.ts';
import { lastIndex } from './log.ts';
import type { NotServing, ReplicaEvent } from './replica-effect.ts';
import { appendChanges, hasQuorum } from './replicating.ts';
import type { MemberId } from './term.ts';
import type { Turn } from './turn.ts';

/** Requests that a handover holds back at most. */
const heldMax = 20_000;

/** Share of the takeover time for which an active trusts its last quorum. */
const quorumTrust = 0.9;

type RequestEvent = Extract<ReplicaEvent, { type: 'requestReceived' }>['request'];

/** Decides a request if this member is sure to be the active one. */
export function serve(turn: Turn, request: RequestEvent): void {
  const { state } = turn;
  const refuse = (reason: NotServing['reason'], active: MemberId | null) =>
    refuseRequest(turn, request.requestId, reason, active);
  if (state.role.type !== 'active' || !state.ledger) return refuse('standby', state.active);
  if (state.unsureSinceMs !== null) return refuse('synchronising', null);
  if (state.membership.rule === 'majority') {
    if (!hasQuorum(state, state.timing.takeoverAfterMs * quorumTrust)) {
      return refuse('noMajority', null);
    }
  }
  if (state.role.handover) {
    if (state.held.length >= heldMax) return refuse('handover', null);
    state.held.push(request);
    return;
  }
  runLedger(turn, request);
}

/** One step of the ledger: its changes become an entry, its answers wait for the commit. */
export function runLedger(turn: Turn, event: CoreEvent): void {
  const { state } = turn;
  if (!state.ledger) throw new Error('a witness has no ledger');
  for (const effect of step(state.ledger, event, turn.at).effects) {
    if (effect.type === 'persist') appendChanges(turn, effect.changes);
    else {
      const { requestId, reply } = effect;
      state.waiting.push({ index: lastIndex(state.log), requestId, reply });
    }
  }
  releaseReplies(turn);
}
