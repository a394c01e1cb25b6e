import type { Actor } from '../../../../src-shared/model/actor.ts';
import type { AdminRequest } from './admin-request.ts';
import type { Change } from './change.ts';
import { checkout } from './checkout.ts';
import { configHandlers } from './config-change.ts';
import { closeDenials } from './denials.ts';
import {
  type AdminHandlers,
  type Answer,
  beginDraft,
  closeDraft,
  type Draft,
  recordEvent,
} from './draft.ts';
import { describeSpan } from '../../../../src-shared/view/describe-span.ts';
import type { CoreEvent, Instant } from './event.ts';
import { advance } from './lease-clock.ts';
import { expireLeases, freeReserved, leaseHandlers, renewLease, returnLease } from './leases.ts';
import { reviewCoverage } from './lease-life.ts';
import { type LedgerState, withdrawChange } from './ledger.ts';
import { licenseHandlers } from './licenses.ts';
import { noteOverdraft } from './overdraft.ts';
import { keepLiving } from './row-sweep.ts';
import { noteAvailable } from './seat-alerts.ts';
import { tellExpiries } from './validity.ts';
import { vendorHandlers } from './vendors.ts';
import { clockHandlers, tellClock } from './wall-clock.ts';

/** A suspension this long is put on the timeline. */
const suspensionToldMs = 5_000;

/** What a step came to: the changes of one entry, and the answers that wait for it. */
export interface Decision {
  changes: readonly Change[];
  answers: readonly Answer[];
  /** Requests that met a bug. Nothing of theirs was done. */
  failed: readonly { requestId: number; error: unknown }[];
}

/**
 * One step of the ledger (protocol section 2): synchronous, total, without clock, timers, randomness
 * or IO. It owns `state` and alters it in place, so that 100,000 leases are not copied each time.
 * Its caller has read the clock into the ledger's time (`observeClock`).
 * A request that meets a bug leaves nothing behind, and the others go on.
 */
export function decide(
  state: LedgerState,
  events: readonly CoreEvent[],
  at: Instant,
  note: (draft: Draft) => void = () => undefined,
): Decision {
  const draft = beginDraft(state);
  noteSuspension(draft, advance(state.clock, at.monotonicMs));
  tellClock(draft);
  note(draft);
  const failed: { requestId: number; error: unknown }[] = [];
  for (const event of events) {
    const mark = draft.changes.length;
    const numbered = state.spell && { usage: state.spell.usage, events: state.spell.events };
    const answered = draft.answers.length;
    const { overdraft } = state.meta;
    try {
      draft.actor = actorOf(state, event);
      handle(draft, event);
      noteOverdraft(draft);
    } catch (error) {
      draft.actor = undefined;
      const whole = !('requestId' in event);
      const undone = draft.changes.splice(whole ? 0 : mark);
      for (const change of undone.toReversed()) withdrawChange(state, change);
      if (state.spell && numbered) Object.assign(state.spell, numbered);
      state.meta.overdraft = overdraft;
      if (whole) throw error;
      draft.answers.splice(answered);
      failed.push({ requestId: event.requestId, error });
    }
  }
  draft.actor = undefined;
  keepLiving(draft);
  return { changes: closeDraft(draft), answers: draft.answers, failed };
}

/** Whose request it is; of a tick nobody's. */
function actorOf({ leases, serverId }: LedgerState, event: CoreEvent): Actor | undefined {
  switch (event.type) {
    case 'clockTicked':
      return undefined;
    case 'checkoutRequested':
      return clientActor(event.request.client, serverId);
    case 'renewalRequested':
    case 'returnRequested': {
      const lease = leases.get(event.leaseId) ?? event.proof?.lease;
      return lease && clientActor(lease.holder, serverId);
    }
    default:
      return event.actor;
  }
}

function clientActor({ user, host }: { user: string; host: string }, server: string): Actor {
  return { kind: 'client', name: `${user} on ${host}`, server };
}

/** Renewals of known leases need nothing durable: they go on while nothing can be written. */
export function renewOnly(
  state: LedgerState,
  renewals: readonly { requestId: number; leaseId: string }[],
  at: Instant,
): readonly Answer[] {
  const draft = beginDraft(state, true);
  advance(state.clock, at.monotonicMs);
  for (const { requestId, leaseId } of renewals) renewLease(draft, requestId, leaseId, undefined);
  if (draft.changes.length > 0) throw new Error('a renewal changed the ledger');
  return draft.answers;
}

function noteSuspension(draft: Draft, suspendedMs: number): void {
  if (suspendedMs < suspensionToldMs) return;
  recordEvent(
    draft,
    'serverSuspended',
    'warning',
    `This server stood still for ${describeSpan(suspendedMs)}; every ` +
      `lease lives that much longer.`,
  );
}

function handle(draft: Draft, event: CoreEvent): void {
  switch (event.type) {
    case 'clockTicked':
      tick(draft);
      return;
    case 'checkoutRequested':
      checkout(draft, event);
      return;
    case 'renewalRequested':
      renewLease(draft, event.requestId, event.leaseId, event.proof);
      return;
    case 'returnRequested':
      returnLease(draft, event.requestId, event.leaseId, event.proof);
      return;
    default:
      carryOut(draft, event);
  }
}

const adminHandlers: AdminHandlers = {
  ...leaseHandlers,
  ...licenseHandlers,
  ...vendorHandlers,
  ...clockHandlers,
  ...configHandlers,
};

function carryOut<T extends AdminRequest['type']>(
  draft: Draft,
  request: Extract<AdminRequest, { type: T }>,
): void {
  adminHandlers[request.type](draft, request);
}

function tick(draft: Draft): void {
  reviewCoverage(draft.state);
  expireLeases(draft);
  freeReserved(draft.state);
  closeDenials(draft);
  noteAvailable(draft);
  tellExpiries(draft);
}
