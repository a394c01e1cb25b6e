import type { Change, LedgerMeta, StoredLedger } from './change.ts';
import { beginDraft, closeDraft, type Draft } from './draft.ts';
import { EndedLeases } from './ended-leases.ts';
import type { Instant } from './event.ts';
import { createLeaseClock } from './lease-clock.ts';
import { applyChange, type LedgerState, startLife } from './ledger.ts';
import { tellExpiries } from './validity.ts';
import { tellClock } from './wall-clock.ts';
import { createLedgerTime, type LedgerTime } from './ledger-time.ts';

export interface CoreOptions {
  serverId: string;
  demoVendorKeyId: string;
  /** Identifier for a ledger that does not exist yet. */
  newLedgerId: string;
  /** What a member that gets the ledger anew knows of its clock; by default it knows nothing. */
  time?: LedgerTime;
  /** What servers are called, for messages; kept up to date by their owner. */
  names?: ReadonlyMap<string, string>;
}

/** The ledger as a store kept it. It serves only after `beginTerm`. */
export function restoreLedger(
  stored: StoredLedger,
  options: CoreOptions,
  at: Instant,
): LedgerState {
  const meta: LedgerMeta = stored.meta ?? {
    id: options.newLedgerId,
    term: 0,
    servingSinceMs: 0,
    usageSequence: 0,
    eventSequence: 0,
    wallHighMs: 0,
    timesSet: 0,
    overdraft: null,
    merged: {},
  };
  const state: LedgerState = {
    serverId: options.serverId,
    demoVendorKeyId: options.demoVendorKeyId,
    names: options.names ?? new Map(),
    config: stored.config,
    meta: { ...meta },
    flushedMeta: meta,
    licenses: new Map(),
    vendors: new Map(),
    leases: new Map(),
    endedLeases: new EndedLeases(stored.ended),
    licenseIdsByFeature: new Map(),
    leaseIdBySeat: new Map(),
    unitCountByLicense: new Map(),
    clock: createLeaseClock(at.monotonicMs),
    leasesRevision: 0,
    licensesRevision: 0,
    openDenials: new Map(),
    deniedCountByLicense: new Map(),
    exhausted: new Map(),
    time: options.time ?? createLedgerTime(meta.wallHighMs, at),
    clockTold: null,
    nextValidityCheckMs: 0,
    durableWallHighMs: 0,
    votersUnsettled: false,
    coverageIsDue: true,
  };
  for (const after of stored.vendors) applyChange(state, { type: 'vendor', before: null, after });
  for (const after of stored.licenses) applyChange(state, { type: 'license', before: null, after });
  for (const after of stored.leases) applyChange(state, { type: 'lease', before: null, after });
  return state;
}

/**
 * Begins a spell of serving: a new term, and a full life for every lease from now, so that no holder
 * pays for a restart or a takeover (protocol section 8).
 */
export function beginTerm(
  state: LedgerState,
  term: number,
  at: Instant,
  announce: (draft: Draft) => void,
): readonly Change[] {
  Object.assign(state.clock, createLeaseClock(at.monotonicMs));
  for (const lease of state.leases.values()) startLife(state, lease);
  state.coverageIsDue = false;
  state.votersUnsettled = true;
  state.openDenials.clear();
  state.deniedCountByLicense.clear();
  state.exhausted.clear();
  state.clockTold = null;
  state.nextValidityCheckMs = 0;
  const draft = beginDraft(state);
  state.meta.term = term;
  state.meta.servingSinceMs = draft.nowMs;
  tellClock(draft);
  announce(draft);
  tellExpiries(draft);
  return closeDraft(draft, true);
}

/** A copy that shares nothing that the ledger alters, as a store would hand it back. */
export function copyLedger(ledger: LedgerState): StoredLedger {
  return {
    meta: { ...ledger.meta },
    config: ledger.config,
    leases: [...ledger.leases.values()],
    licenses: [...ledger.licenses.values()],
    vendors: [...ledger.vendors.values()],
    ended: ledger.endedLeases.all(),
  };
}
