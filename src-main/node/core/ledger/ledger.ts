import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { LedgerConfig } from '../../../../src-shared/model/ledger-config.ts';
import type {
  InstalledLicense,
  LicenseGrant,
  LicenseVersion,
} from '../../../../src-shared/model/license.ts';
import type { DenialRecord, UsageRecord } from '../../../../src-shared/model/usage.ts';
import type { TrustedVendor } from '../../../../src-shared/model/vendor.ts';
import { newestSpell } from '../rows/newest-spell.ts';
import { changeRow, type RowSet } from '../rows/row-set.ts';
import type { OverdraftCause } from './overdraft.ts';
import { isEndedForGood, type SpellRow } from '../rows/row.ts';
import type { Change, LedgerMeta } from './change.ts';
import type { DenialReason } from './denials.ts';
import type { EndedLeases } from './ended-leases.ts';
import { type LedgerTime, noteLedgerTime } from './ledger-time.ts';
import type { MemberId } from './member-id.ts';
import { type LeaseClock, stopClock } from './lease-clock.ts';
import { startLife } from './lease-life.ts';
import type { LostChanges } from './lost-changes.ts';
import { seatKey } from './seats.ts';

/** What is out of one licence. */
export interface UnitCount {
  units: number;
  borrowedUnits: number;
  leases: number;
}

/** Units that are not granted again before a time, in service time of the lease clock. */
export interface Reservation {
  licenseId: string;
  units: number;
  untilMs: number;
}

/**
 * The ledger in memory. The core alters it in place (`decide`), and nothing outside the core does.
 * What is durable is altered only by `applyChange`; the rest can be lost in a crash.
 */
export interface LedgerState {
  readonly serverId: string;
  /** Key of the demo vendor; licences signed by it are marked as demo. */
  readonly demoVendorKeyId: string;
  /** What servers are called, for messages. */
  readonly names: ReadonlyMap<string, string>;
  meta: LedgerMeta;
  /** As the last batch of changes left it. */
  flushedMeta: LedgerMeta;
  config: LedgerConfig;
  readonly licenses: Map<string, InstalledLicense>;
  readonly vendors: Map<string, TrustedVendor>;
  readonly leases: Map<string, Lease>;

  /** Indexes over the above. */
  readonly licenseIdsByFeature: Map<string, string[]>;
  readonly leaseIdBySeat: Map<string, string>;
  readonly furtherLeases: Map<string, string[]>;
  readonly unitCountByLicense: Map<string, UnitCount>;

  /** Returned or released: no token brings them back. */
  readonly endedLeases: EndedLeases;
  /** Under `continuity`: the rows that all of this is read from. */
  rows: RowSet | null;
  /** Under `majority`: rows of leases that were made ahead, since the ledger is to be kept as rows. */
  rowsAhead: RowSet | null;
  /** Under `majority`: spells of the time before, whose history is part of the ledger. */
  formerSpells: readonly SpellRow[];
  /** Of the own spell, as the next write finds it; null: this member does not serve by rows. */
  spell: SpellRow | null;
  /** Writes of the own spell up to this one were acknowledged by all that count. */
  toldWrite: number;
  /** Life of a row at least, and as the licences make it. */
  readonly rowLifeMsMin: number;
  rowLifeMs: number;
  /** Ledger time at which rows were last looked at for the sweep. */
  sweptMs: number;

  /** Lost in a crash, by intent. */
  readonly clock: LeaseClock;
  /**
   * Leases that live by a takeover or by what another member brought: nobody showed them here. One that ends
   * stays among them, since a write that fails takes its end back.
   */
  readonly unshown: Set<string>;
  /** Leases that the own spell granted, by the write that did, until that is acknowledged. */
  readonly grantedIn: Map<string, number>;
  /** Why more may be out than the licences have, in this spell. */
  overdraftCause: OverdraftCause | null;
  /**
   * Units of leases that another member let expire while a holder could still rely on them. They count while
   * the lease does not live: a write that fails takes back that it came to life, or that it expired.
   */
  readonly reserved: Map<string, Reservation>;
  readonly lost: LostChanges;
  /** Changes whenever a lease or a licence does. */
  leasesRevision: number;
  licensesRevision: number;
  /** Denials of the last minute: the first one as it was written, and all others joined. */
  readonly openDenials: Map<string, { first: DenialRecord; joined: DenialRecord | null }>;
  /** By licence and code. */
  readonly denialReasons: Map<string, DenialReason>;
  readonly deniedCountByLicense: Map<string, number>;
  /** Licences told to be full; with the instant from which a unit was free again. */
  readonly exhausted: Map<string, { freeSinceMs: number | null }>;
  readonly time: LedgerTime;
  /** What the timeline says of the clock already. */
  clockTold: 'ahead' | 'behind' | null;
  nextValidityCheckMs: number;
  durableWallHighMs: number;
  /** A change of members is not committed yet: the next one has to wait. */
  votersUnsettled: boolean;
  /** Under `majority`: the other voters that answer now. */
  votersHeard: ReadonlySet<MemberId>;
  /** Licences or members changed: which leases run here may have changed with them. */
  coverageIsDue: boolean;
}

export function currentVersion(license: InstalledLicense): LicenseVersion {
  const version = license.versions.at(-1);
  if (!version) throw new Error(`licence ${license.id} has no version`);
  return version;
}

export function currentGrant(license: InstalledLicense): LicenseGrant {
  return currentVersion(license).grant;
}

const noUnits: UnitCount = { units: 0, borrowedUnits: 0, leases: 0 };

export function unitCount(state: LedgerState, licenseId: string): Readonly<UnitCount> {
  return state.unitCountByLicense.get(licenseId) ?? noUnits;
}

/** Units that nobody holds for sure and that are not granted yet. */
export function reservedUnits({ reserved, leases }: LedgerState, licenseId: string): number {
  let units = 0;
  for (const [leaseId, one] of reserved) {
    if (one.licenseId === licenseId && !leases.has(leaseId)) units += one.units;
  }
  return units;
}

/** Somebody asked for the end of this lease, as far as is known here. */
export function isEndedLease(state: LedgerState, leaseId: string): boolean {
  if (!state.rows) return state.endedLeases.has(leaseId);
  const row = state.rows.lease.get(leaseId);
  return row !== undefined && isEndedForGood(row);
}

/** There is or was such a lease, and what is known of it is not forgotten yet. */
export function isKnownLease(state: LedgerState, leaseId: string): boolean {
  return state.rows ? state.rows.lease.has(leaseId) : state.endedLeases.has(leaseId);
}

/** The sweep begins anew, without a mark. */
export function forgetMark(state: LedgerState): void {
  state.sweptMs = 0;
  if (state.rows) state.rows.markMs = 0;
}

/** The ledger's time was set, on or back: what was done by the time before says nothing of when it is due again. */
export function forgetTime(state: LedgerState): void {
  state.clockTold = null;
  state.nextValidityCheckMs = 0;
  forgetMark(state);
}

/** Whoever knows the revisions of the ledger in whose place this one is sees that it is another. */
export function followRevisions(state: LedgerState, former: LedgerState): void {
  state.leasesRevision = Math.max(state.leasesRevision, former.leasesRevision) + 1;
  state.licensesRevision = Math.max(state.licensesRevision, former.licensesRevision) + 1;
}

export function applyChange(state: LedgerState, change: Change): void {
  if (state.rows && 'row' in change && change.row) changeRow(state.rows, change.row);
  switch (change.type) {
    case 'row':
      return;
    case 'lease':
      replaceLease(state, change.before, change.after);
      return;
    case 'license':
      replaceLicense(state, change.before, change.after);
      return;
    case 'vendor':
      if (change.before) state.vendors.delete(change.before.keyId);
      if (change.after) state.vendors.set(change.after.keyId, change.after);
      state.licensesRevision++;
      return;
    case 'config':
      replaceConfig(state, change.after);
      return;
    case 'meta':
      noteLedgerTime(
        state.time,
        change.after.wallHighMs,
        change.after.timesSet > state.meta.timesSet,
      );
      state.meta = { ...change.after };
      state.flushedMeta = change.after;
      return;
    case 'usage':
      if (!state.rows) noteEnd(state, change.after);
      return;
    case 'event':
      return;
  }
}

function noteEnd(state: LedgerState, usage: UsageRecord): void {
  if (usage.kind === 'session' && usage.end !== 'expired') state.endedLeases.note(usage);
}

function replaceConfig(state: LedgerState, config: LedgerConfig): void {
  state.config = config;
  state.coverageIsDue = true;
}

/** Takes back the changes of whole entries, last to first, with the ledger's own figures. */
export function withdrawEntries(state: LedgerState, changes: readonly Change[]): void {
  for (const change of changes.toReversed()) withdrawChange(state, change);
  if (state.spell) withdrawSpell(state, state.spell, changes);
  const first = changes.find((change) => change.type === 'meta');
  if (!first) return;
  withdrawTime(state, first.before);
  state.meta = { ...first.before };
  state.flushedMeta = first.before;
  state.durableWallHighMs = first.before.wallHighMs;
  for (const [key, { first: denial }] of state.openDenials) {
    if (denial.sequence > state.meta.usageSequence) state.openDenials.delete(key);
  }
}

/** The next write has the number of the first one that was taken back. */
function withdrawSpell(state: LedgerState, { id }: SpellRow, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.type !== 'row' || change.row.after?.id !== id) continue;
    const { before, after } = change.row;
    if (before?.kind === 'spell') state.spell = { ...before };
    else if (after?.kind === 'spell') state.spell = unwritten(state, after);
    if (!state.spell) return;
    state.meta.overdraft = state.spell.overdraft;
    const { toMs: wallHighMs, timesSet } = state.spell;
    withdrawTime(state, { wallHighMs, timesSet });
    state.meta.timesSet = timesSet;
    return;
  }
}

/** A spell whose first write was taken back goes on with the overdraft that the spell before had. */
function unwritten(state: LedgerState, spell: SpellRow): SpellRow {
  const overdraft = newestSpell(state)?.overdraft ?? null;
  return { ...spell, write: 0, usage: 0, events: 0, overdraft };
}

/** An admin's order to set the ledger's time goes with the entry that counts it: nobody else follows it. */
function withdrawTime(
  state: LedgerState,
  { wallHighMs, timesSet }: Pick<LedgerMeta, 'wallHighMs' | 'timesSet'>,
): void {
  if (timesSet === state.meta.timesSet) return;
  noteLedgerTime(state.time, wallHighMs, true);
  forgetTime(state);
}

/**
 * Takes one change back; the figures of the ledger stay, since a gap in a sequence does no harm.
 */
export function withdrawChange(state: LedgerState, change: Change): void {
  if (state.rows && 'row' in change && change.row) {
    const { before, after } = change.row;
    changeRow(state.rows, { before: after, after: before });
  }
  switch (change.type) {
    case 'row':
      return;
    case 'lease':
      replaceLease(state, change.after, change.before);
      return;
    case 'license':
      replaceLicense(state, change.after, change.before);
      return;
    case 'vendor':
      if (change.after) state.vendors.delete(change.after.keyId);
      if (change.before) state.vendors.set(change.before.keyId, change.before);
      state.licensesRevision++;
      return;
    case 'config':
      replaceConfig(state, change.before);
      return;
    case 'usage':
      if (change.after.kind === 'session') state.endedLeases.forget(change.after.leaseId);
      return;
    case 'meta':
    case 'event':
      return;
  }
}

function replaceLease(state: LedgerState, before: Lease | null, after: Lease | null): void {
  if (before) {
    state.leases.delete(before.id);
    leaveSeat(state, seatKey(before.holder, before.licenseId), before.id);
    addUnits(state, before, -1);
    stopClock(state.clock, before.id);
  }
  if (after) {
    state.leases.set(after.id, after);
    takeSeat(state, seatKey(after.holder, after.licenseId), after.id);
    addUnits(state, after, 1);
    startLife(state, after);
  }
  state.leasesRevision++;
}

/** When members are united an instance can have two leases of a licence for a while. */
function takeSeat({ leaseIdBySeat, furtherLeases }: LedgerState, seat: string, id: string): void {
  const first = leaseIdBySeat.get(seat);
  if (first !== undefined && first !== id) {
    furtherLeases.set(seat, [...(furtherLeases.get(seat) ?? []), first]);
  }
  leaseIdBySeat.set(seat, id);
}

function leaveSeat({ leaseIdBySeat, furtherLeases }: LedgerState, seat: string, id: string): void {
  const further = furtherLeases.get(seat)?.filter((one) => one !== id) ?? [];
  if (leaseIdBySeat.get(seat) === id) {
    const next = further.pop();
    if (next === undefined) leaseIdBySeat.delete(seat);
    else leaseIdBySeat.set(seat, next);
  }
  if (further.length > 0) furtherLeases.set(seat, further);
  else furtherLeases.delete(seat);
}

function addUnits(state: LedgerState, lease: Lease, sign: 1 | -1): void {
  let count = state.unitCountByLicense.get(lease.licenseId);
  if (!count) {
    count = { ...noUnits };
    state.unitCountByLicense.set(lease.licenseId, count);
  }
  count.units += sign * lease.units;
  count.leases += sign;
  if (lease.borrowUntilMs !== null) count.borrowedUnits += sign * lease.units;
  if (count.units < 0 || count.borrowedUnits < 0 || count.leases < 0) {
    throw new Error(`units of licence ${lease.licenseId} count below zero`);
  }
  if (count.leases === 0) state.unitCountByLicense.delete(lease.licenseId);
}

function replaceLicense(
  state: LedgerState,
  before: InstalledLicense | null,
  after: InstalledLicense | null,
): void {
  if (before) dropLicense(state, before.id);
  if (after) {
    dropLicense(state, after.id);
    const { feature } = currentGrant(after);
    state.licenses.set(after.id, after);
    state.licenseIdsByFeature.set(feature, [
      ...(state.licenseIdsByFeature.get(feature) ?? []),
      after.id,
    ]);
  }
  state.coverageIsDue = true;
  state.licensesRevision++;
}

// What is here can differ from what the change began with, when one of the two is damaged.
function dropLicense(state: LedgerState, id: string): void {
  const license = state.licenses.get(id);
  if (!license) return;
  const { feature } = currentGrant(license);
  const rest = state.licenseIdsByFeature.get(feature)?.filter((other) => other !== id) ?? [];
  if (rest.length > 0) state.licenseIdsByFeature.set(feature, rest);
  else state.licenseIdsByFeature.delete(feature);
  state.licenses.delete(id);
}
