import type { Change } from './change.ts';
import { checkout } from './checkout.ts';
import { closeDenials } from './denials.ts';
import { beginDraft, countOf, type Draft, flushChanges, recordEvent } from './draft.ts';
import type { Effect } from './effect.ts';
import type { CoreEvent, Instant } from './event.ts';
import { advance } from './lease-clock.ts';
import { expireLeases, releaseLease, renewLease, returnLease } from './leases.ts';
import { type LedgerState, withdrawChange } from './ledger.ts';
import { importLicenses, noteRefusedFile, removeLicense, rollBack } from './licenses.ts';
import { noteOverdraft } from './overdraft.ts';
import { noteAvailable } from './seat-alerts.ts';
import { tellExpiries } from './validity.ts';
import { forgetVendor, trustVendor } from './vendors.ts';
import { watchWallClock } from './wall-clock.ts';

/** A suspension this long is put on the timeline. */
const suspensionToldMs = 5_000;

export interface StepResult {
  state: LedgerState;
  effects: Effect[];
}

/**
 * One step of the core (protocol section 2): synchronous, total, without clock, timers, randomness
 * or IO. It owns `state`, alters it in place and returns it, so that 100,000 leases are not copied
 * for each of them. An exception is a bug; the ledger is then as it was before the step.
 */
export function step(state: LedgerState, event: CoreEvent, at: Instant): StepResult {
  const draft = beginDraft(state, at);
  const elapsedMs = at.monotonicMs - state.clock.lastMonotonicMs;
  const suspendedMs = advance(state.clock, at.monotonicMs);
  watchWallClock(draft, at.wallMs, elapsedMs);
  if (suspendedMs >= suspensionToldMs) {
    recordEvent(
      draft,
      'serverSuspended',
      'warning',
      `This server stood still for ${countOf(Math.round(suspendedMs / 1000), 'second')}; every ` +
        `lease lives that much longer.`,
    );
  }
  try {
    handle(draft, event);
    noteOverdraft(draft);
    flushChanges(draft);
  } catch (error) {
    withdrawDraft(draft);
    throw error;
  }
  return { state, effects: draft.effects };
}

function withdrawDraft(draft: Draft): void {
  const flushed = draft.effects.flatMap((effect) =>
    effect.type === 'persist' ? effect.changes : [],
  );
  withdraw(draft.state, [...flushed, ...draft.changes]);
}

function withdraw(state: LedgerState, changes: readonly Change[]): void {
  for (const change of changes.toReversed()) withdrawChange(state, change);
}

function handle(draft: Draft, event: CoreEvent): void {
  const { state } = draft;
  switch (event.type) {
    case 'clockTicked':
      tick(draft);
      return;
    case 'checkoutRequested':
      checkout(draft, event.requestId, event.leaseId, event.request);
      return;
    case 'renewalRequested':
      renewLease(draft, event.requestId, event.leaseId, event.proof);
      return;
    case 'returnRequested':
      returnLease(draft, event.requestId, event.leaseId);
      return;
    case 'releaseRequested':
      releaseLease(draft, event.requestId, event.leaseId);
      return;
    case 'licensesImported':
      importLicenses(draft, event.requestId, event.licenses, event.fileName, event.dryRun);
      tellExpiries(draft);
      return;
    case 'licenseFileRefused':
      noteRefusedFile(draft, event.fileName, event.message);
      return;
    case 'rollbackRequested':
      rollBack(draft, event.requestId, event.licenseId);
      return;
    case 'removalRequested':
      removeLicense(draft, event.requestId, event.licenseId);
      return;
    case 'vendorTrusted':
      trustVendor(draft, event.requestId, event.vendor);
      return;
    case 'vendorForgotten':
      forgetVendor(draft, event.requestId, event.keyId);
      return;
    case 'stopRequested':
      closeDenials(draft, state.openDenials.size);
      recordEvent(draft, 'serverStopped', 'info', 'This server was stopped in an orderly way.');
      return;
    case 'incidentReported':
      recordEvent(draft, event.kind, event.severity, event.message);
      return;
    case 'changesWithdrawn':
      withdraw(state, event.changes);
      return;
    case 'storeFailed':
      noteStore(draft, event.failed);
      return;
  }
}

/** Work of the clock. While the store fails nothing is begun that would have to be written. */
function tick(draft: Draft): void {
  if (draft.state.storeFailed) return;
  expireLeases(draft);
  closeDenials(draft);
  noteAvailable(draft);
  tellExpiries(draft);
}

function noteStore(draft: Draft, failed: boolean): void {
  const { state } = draft;
  if (state.storeFailed === failed) return;
  state.storeFailed = failed;
  if (failed) return;
  recordEvent(
    draft,
    'storeRecovered',
    'warning',
    'The disk could not be written for a while and can again. Leases were kept; new seats, returns ' +
      'and changes were refused meanwhile.',
  );
}
