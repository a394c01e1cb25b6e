import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { Change, LedgerMeta, StoredLedger } from './change.ts';
import { configRowOf, createRowSet } from '../rows/row-set.ts';
import { type Row, spellIdOf, type SpellRow } from '../rows/row.ts';
import { beginDraft, closeDraft, type Draft, record } from './draft.ts';
import { EndedLeases } from './ended-leases.ts';
import type { Instant } from './event.ts';
import { createLeaseClock } from './lease-clock.ts';
import { endLease, endReplaced } from './leases.ts';
import { startLives } from './lease-life.ts';
import { applyChange, type LedgerState } from './ledger.ts';
import { createLostChanges } from './lost-changes.ts';
import type { MemberId } from './member-id.ts';
import { noteOverdraft, suspectOverdraft } from './overdraft.ts';
import { changeByRow } from './row-change.ts';
import { naturalEndMs, rowLifeMs, rowLifeMsDefault } from './row-life.ts';
import { readSpells, spellOfTime } from './unite.ts';
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
  /** How long a row that is not renewed counts at least; a day but in tests. */
  rowLifeMs?: number;
}

/** The ledger as a store kept it. It serves only after `beginTerm`. */
export function restoreLedger(
  stored: StoredLedger,
  options: CoreOptions,
  at: Instant,
): LedgerState {
  const steps = restoreInSteps(stored, options, at);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Leases that are taken in between two steps. */
const leasesPerStep = 500;

/** `restoreLedger` in steps of some milliseconds, however many leases there are. */
export function* restoreInSteps(
  stored: StoredLedger,
  options: CoreOptions,
  at: Instant,
): Generator<void, LedgerState, void> {
  const meta: LedgerMeta = stored.meta ?? {
    id: options.newLedgerId,
    term: 0,
    servingSinceMs: 0,
    usageSequence: 0,
    eventSequence: 0,
    wallHighMs: 0,
    timesSet: 0,
    overdraft: null,
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
    formerSpells: spellsIn(stored.rows ?? []),
    rowLifeMsMin: options.rowLifeMs ?? rowLifeMsDefault,
    licenseIdsByFeature: new Map(),
    leaseIdBySeat: new Map(),
    furtherLeases: new Map(),
    unitCountByLicense: new Map(),
    leasesRevision: 0,
    licensesRevision: 0,
    time: options.time ?? createLedgerTime(meta.wallHighMs, at),
    ...beginAnew(options.rowLifeMs ?? rowLifeMsDefault, at.monotonicMs),
  };
  if (stored.config.membership.rule === 'continuity') {
    yield* readRows(state, stored);
    if (!options.time) {
      Object.assign(state.time, createLedgerTime(spellOfTime(state)?.toMs ?? 0, at));
    }
    return state;
  }
  yield* readDocuments(state, stored);
  return state;
}

/** What every ledger begins with, whatever it was read from: nothing is granted, told or counted yet. */
export function beginAnew(rowLifeMs: number, monotonicMs: number) {
  return {
    rows: null,
    rowsAhead: null,
    spell: null,
    toldWrite: 0,
    rowLifeMs,
    sweptMs: 0,
    clock: createLeaseClock(monotonicMs),
    unshown: new Set(),
    lost: createLostChanges(),
    grantedIn: new Map(),
    overdraftCause: null,
    reserved: new Map(),
    openDenials: new Map(),
    denialReasons: new Map(),
    deniedCountByLicense: new Map(),
    exhausted: new Map(),
    clockTold: null,
    nextValidityCheckMs: 0,
    durableWallHighMs: 0,
    votersUnsettled: false,
    votersHeard: new Set(),
    coverageIsDue: true,
  } satisfies Partial<LedgerState>;
}

function* readDocuments(
  state: LedgerState,
  { vendors, licenses, leases }: StoredLedger,
): Generator<void, void, void> {
  for (const after of vendors) applyChange(state, { type: 'vendor', before: null, after });
  for (const after of licenses) applyChange(state, { type: 'license', before: null, after });
  for (const [n, after] of leases.entries()) {
    applyChange(state, { type: 'lease', before: null, after });
    if (n % leasesPerStep === 0) yield;
  }
}

function spellsIn(rows: readonly Row[]): SpellRow[] {
  return rows.filter((row) => row.kind === 'spell');
}

function* readRows(state: LedgerState, { rows = [] }: StoredLedger): Generator<void, void, void> {
  state.rows = createRowSet();
  for (const [n, after] of rows.entries()) {
    applyChange(state, changeByRow(state, { before: null, after }));
    if (n % leasesPerStep === 0) yield;
  }
  readSpells(state);
  state.durableWallHighMs = state.meta.wallHighMs;
}

/**
 * Begins a spell of serving: a new term, and a full life for every lease from now, so that no holder
 * pays for a restart or a takeover (protocol section 8).
 */
export function beginTerm(
  state: LedgerState,
  term: number,
  spell: { member: MemberId; boot: string } | null,
  at: Instant,
  announce: (draft: Draft) => void,
): readonly Change[] {
  startLives(state, at.monotonicMs);
  state.coverageIsDue = false;
  state.votersUnsettled = true;
  state.openDenials.clear();
  state.denialReasons.clear();
  state.deniedCountByLicense.clear();
  state.exhausted.clear();
  state.clockTold = null;
  state.nextValidityCheckMs = 0;
  const draft = beginDraft(state);
  if (spell) beginSpell(draft, term, spell);
  state.time.knowsClockOnly = false;
  state.meta.term = term;
  state.meta.servingSinceMs = draft.nowMs;
  tellClock(draft);
  announce(draft);
  tellExpiries(draft);
  noteOverdraft(draft);
  return closeDraft(draft, true);
}

/** The first write of a spell under `continuity`. */
function beginSpell(
  draft: Draft,
  number: number,
  { member, boot }: { member: MemberId; boot: string },
): void {
  const { state, ledgerMs } = draft;
  state.rows ??= createRowSet();
  state.toldWrite = 0;
  state.sweptMs = 0;
  state.reserved.clear();
  state.grantedIn.clear();
  state.rowLifeMs = rowLifeMs(state);
  state.unshown.clear();
  for (const id of state.leases.keys()) state.unshown.add(id);
  state.spell = {
    kind: 'spell',
    id: spellIdOf(number, boot),
    number,
    member,
    fromMs: draft.nowMs,
    toMs: ledgerMs,
    timesSet: state.meta.timesSet,
    write: 0,
    told: 0,
    usage: 0,
    events: 0,
    overdraft: state.meta.overdraft,
  };
  if (!configRowOf(state.rows)) {
    record(draft, { type: 'config', before: state.config, after: state.config });
  }
  endOutlived(draft);
  endReplaced(draft);
  suspectOverdraft(state);
}

/** Leases whose rows have outlived every token: nobody can hold them. */
function endOutlived(draft: Draft): void {
  const { state, ledgerMs } = draft;
  const outlived: Lease[] = [];
  for (const row of state.rows?.lease.values() ?? []) {
    if (naturalEndMs(row, state.rowLifeMs) > ledgerMs) continue;
    const lease = state.leases.get(row.id);
    if (lease) outlived.push(lease);
  }
  for (const lease of outlived) endLease(draft, lease, 'expired');
}
