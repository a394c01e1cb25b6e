import type { Change, StoredLedger } from './change.ts';
import { checkout } from './checkout.ts';
import { closeDenials } from './denials.ts';
import { countOf, type Draft, flushChanges, recordEvent } from './draft.ts';
import type { Effect } from './effect.ts';
import type { CoreEvent, Instant } from './event.ts';
import { advance, createLeaseClock } from './lease-clock.ts';
import { expireLeases, releaseLease, renewLease, returnLease } from './leases.ts';
import { applyChange, type LedgerState, withdrawChange } from './ledger.ts';
import { importLicenses, noteRefusedFile, removeLicense, rollBack } from './licenses.ts';
import { noteAvailable } from './seat-alerts.ts';
import { tellExpiries } from './validity.ts';
import { forgetVendor, trustVendor } from './vendors.ts';
import { highestWallMs, watchWallClock } from './wall-clock.ts';

/** A suspension this long is put on the timeline. */
const suspensionToldMs = 5_000;

export interface StepResult {
  state: LedgerState;
  effects: Effect[];
}

export interface CoreOptions {
  serverId: string;
  demoVendorKeyId: string;
  /** Identifier for a ledger that does not exist yet. */
  newLedgerId: string;
  /** What the timeline says of this start. */
  startMessage: string;
}

/**
 * The ledger as a store kept it, with every lease given a full life from now, and a new term.
 * Under section 8 of the protocol no holder pays for a restart.
 */
export function createLedgerState(
  stored: StoredLedger,
  options: CoreOptions,
  at: Instant,
): StepResult {
  const state: LedgerState = {
    serverId: options.serverId,
    demoVendorKeyId: options.demoVendorKeyId,
    meta: stored.meta
      ? { ...stored.meta, term: stored.meta.term + 1 }
      : {
          id: options.newLedgerId,
          term: 1,
          usageSequence: 0,
          eventSequence: 0,
          wallHighMs: at.wallMs,
        },
    licenses: new Map(),
    vendors: new Map(),
    leases: new Map(),
    licenseIdsByFeature: new Map(),
    leaseIdBySeat: new Map(),
    unitCountByLicense: new Map(),
    clock: createLeaseClock(at.monotonicMs),
    leasesRevision: 0,
    licensesRevision: 0,
    openDenials: new Map(),
    deniedCountByLicense: new Map(),
    exhausted: new Map(),
    lastWallMs: at.wallMs,
    clockIsBack: false,
    nextValidityCheckMs: 0,
    durableWallHighMs: 0,
    storeFailed: false,
  };
  for (const after of stored.vendors) applyChange(state, { type: 'vendor', before: null, after });
  for (const after of stored.licenses) applyChange(state, { type: 'license', before: null, after });
  for (const after of stored.leases) applyChange(state, { type: 'lease', before: null, after });

  const draft = beginDraft(state, at);
  watchWallClock(draft, at.wallMs, 0);
  recordEvent(draft, 'serverStarted', 'info', options.startMessage);
  tellExpiries(draft);
  flushChanges(draft);
  return { state, effects: draft.effects };
}

function beginDraft(state: LedgerState, at: Instant): Draft {
  return { state, nowMs: highestWallMs(state, at.wallMs), changes: [], effects: [] };
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
      renewLease(draft, event.requestId, event.leaseId);
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
