import type { Lease } from '../../../../src-shared/model/lease.ts';
import type { InstalledLicense } from '../../../../src-shared/model/license.ts';
import type { LeaseEnd, UsageRecord } from '../../../../src-shared/model/usage.ts';
import type { Change, RecordedEvent, StoredLedger } from './change.ts';
import { type Draft, record, recordEvent } from './draft.ts';
import { countOf } from '../../../../src-shared/view/count-of.ts';
import { endLease } from './leases.ts';
import { currentVersion } from './ledger.ts';
import { noteOverdraft } from './overdraft.ts';
import { keepBeginning } from './trial.ts';

/**
 * What another active did alone, since the last entry that both have, united with this ledger
 * (protocol section 6). Neither wall-clock time nor "newest file" decides anything.
 */
export interface Alone {
  /** Changes of the other, in order. */
  theirs: readonly Change[];
  /** Changes made here since the same entry, in order. */
  ours: readonly Change[];
  /** It is not known what the other has done since: its log does not reach back far enough. */
  isWhole: boolean;
  /** The other's ledger as it is now. */
  ledger: StoredLedger;
  /** What both are called. */
  theirName: string;
  ourName: string;
}

/** What a merge brought. */
interface Tally {
  leasesCame: number;
  leasesEnded: number;
  usage: number;
  events: number;
  licenses: number;
}

export function mergeAlone(draft: Draft, alone: Alone): void {
  const { theirs, ours, ledger } = alone;
  const tally: Tally = { leasesCame: 0, leasesEnded: 0, usage: 0, events: 0, licenses: 0 };
  const ledAlone = theirs.length > 0;
  if (ledAlone) mergeLeases(draft, alone, tally);
  for (const change of theirs) {
    if (change.type === 'usage' && change.after.kind === 'denial') {
      addUsage(draft, change.after, tally);
    }
    if (change.type === 'event') addEvent(draft, change.after, tally);
  }
  mergeLicenses(draft, alone, tally);
  mergeConfig(draft, ledger);
  recordEvent(draft, 'ledgersMerged', 'warning', describeMerge(alone, tally));
  const granted =
    `${alone.ourName} granted ${countOf(grantsIn(ours), 'seat')} and ` +
    `${alone.theirName} ${grantsIn(theirs)}`;
  noteOverdraft(draft, { type: 'merge', granted });
}

function mergeLeases(draft: Draft, alone: Alone, tally: Tally): void {
  const { theirs, ours, ledger, isWhole } = alone;
  const { state } = draft;
  const endedHere = endsOf(ours);
  const endedThere = endsOf(theirs);
  const touched = touchedLeases(theirs);
  for (const lease of ledger.leases) {
    if (state.leases.has(lease.id) || state.endedLeases.has(lease.id)) continue;
    const end = endedHere.get(lease.id)?.end;
    // New there, or merely run out here while its holder renewed it there.
    if (
      isWhole || touched.has(lease.id) ? end === undefined || end === 'expired' : end === 'expired'
    ) {
      record(draft, { type: 'lease', before: null, after: lease });
      tally.leasesCame++;
    }
  }
  for (const [leaseId, session] of endedThere) {
    const here = state.leases.get(leaseId);
    if (here && session.end !== 'expired') {
      record(draft, { type: 'lease', before: here, after: null });
      addUsage(draft, session, tally);
      tally.leasesEnded++;
    } else if (!here && !endedHere.has(leaseId) && !state.endedLeases.has(leaseId)) {
      addUsage(draft, session, tally);
    }
  }
  // Ends that their log does not reach back to are known by the leases alone.
  for (const { leaseId } of ledger.ended) {
    const here = state.leases.get(leaseId);
    if (!here || endedThere.has(leaseId)) continue;
    endLease(draft, here, 'returned');
    tally.leasesEnded++;
  }
}

function addUsage(draft: Draft, usage: UsageRecord, tally: Tally): void {
  draft.state.meta.usageSequence++;
  record(draft, { type: 'usage', after: { ...usage, sequence: draft.state.meta.usageSequence } });
  tally.usage++;
}

/** An entry keeps who recorded it and when, and gets a number of its own here. */
function addEvent(draft: Draft, event: RecordedEvent, tally: Tally): void {
  draft.state.meta.eventSequence++;
  record(draft, { type: 'event', after: { ...event, sequence: draft.state.meta.eventSequence } });
  tally.events++;
}

type Session = Extract<UsageRecord, { kind: 'session' }>;

function endsOf(changes: readonly Change[]): Map<string, Session & { end: LeaseEnd }> {
  const ends = new Map<string, Session>();
  for (const change of changes) {
    if (change.type === 'usage' && change.after.kind === 'session') {
      ends.set(change.after.leaseId, change.after);
    } else if (change.type === 'lease' && change.after) {
      ends.delete(change.after.id);
    }
  }
  return ends;
}

function touchedLeases(changes: readonly Change[]): Set<string> {
  const ids = changes.flatMap((change) => {
    const lease: Lease | null = change.type === 'lease' ? (change.before ?? change.after) : null;
    return lease ? [lease.id] : [];
  });
  return new Set(ids);
}

function grantsIn(changes: readonly Change[]): number {
  return changes.reduce(
    (sum, change) =>
      change.type === 'lease' && !change.before ? sum + (change.after?.units ?? 0) : sum,
    0,
  );
}

/**
 * A licence that both sides changed goes to the higher revision, and of equal ones to the higher
 * serial; one that only one side changed or removed is as that side has it.
 */
function mergeLicenses(draft: Draft, { theirs, ours, ledger }: Alone, tally: Tally): void {
  const { state } = draft;
  for (const change of theirs) {
    if (change.type === 'vendor' && change.after && !state.vendors.has(change.after.keyId)) {
      record(draft, { type: 'vendor', before: null, after: change.after });
    }
  }
  const before = licensesBefore(theirs);
  const changedHere = licensesBefore(ours);
  for (const [id, former] of before) {
    const there = ledger.licenses.find((license) => license.id === id) ?? null;
    const here = state.licenses.get(id) ?? null;
    if (!isChanged(former, there) || there?.damage !== undefined) continue;
    const alsoHere = changedHere.has(id) && isChanged(changedHere.get(id) ?? null, here);
    const theirsWins = alsoHere
      ? there !== null && (here === null || isNewer(currentVersion(there), currentVersion(here)))
      : isChanged(here, there);
    if (!theirsWins) continue;
    record(draft, { type: 'license', before: here, after: there });
    tally.licenses++;
    keepBeginning(draft, id, here?.trialBeganMs);
  }
  for (const { id, trialBeganMs } of ledger.licenses) keepBeginning(draft, id, trialBeganMs);
}

/** Licences that these changes touch, as they were before. */
function licensesBefore(changes: readonly Change[]): Map<string, InstalledLicense | null> {
  const before = new Map<string, InstalledLicense | null>();
  for (const change of changes) {
    if (change.type !== 'license') continue;
    const id = (change.before ?? change.after)?.id;
    if (id !== undefined && !before.has(id)) before.set(id, change.before);
  }
  return before;
}

/** Told thresholds of expiry are no change. */
function isChanged(a: InstalledLicense | null, b: InstalledLicense | null): boolean {
  if (!a || !b) return a !== b;
  return (
    currentVersion(a).revision !== currentVersion(b).revision ||
    isNewer(currentVersion(b), currentVersion(a))
  );
}

type Version = ReturnType<typeof currentVersion>;

function isNewer(a: Version, b: Version): boolean {
  return (
    a.revision - b.revision > 0 || (a.revision === b.revision && a.grant.serial > b.grant.serial)
  );
}

/** The configuration goes to the higher version, unless that has no place for this server. */
function mergeConfig(draft: Draft, { config }: StoredLedger): void {
  const { state } = draft;
  if (config.version <= state.config.version) return;
  if (!config.membership.members.includes(state.serverId)) return;
  record(draft, { type: 'config', before: state.config, after: config });
}

function describeMerge({ theirName }: Alone, tally: Tally): string {
  const parts = [
    `${countOf(tally.leasesCame, 'seat')} came in`,
    `${countOf(tally.leasesEnded, 'seat')} had been given back`,
    `${countOf(tally.usage, 'usage record')} and ${countOf(tally.events, 'timeline entry', 'timeline entries')} were added`,
  ];
  if (tally.licenses > 0) parts.push(`${countOf(tally.licenses, 'licence')} was newer there`);
  return `What ${theirName} did alone is united with this ledger: ${parts.join(', ')}.`;
}
