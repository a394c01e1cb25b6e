import type { Lease } from '../../../src-shared/model/lease.ts';
import type { LeaseEnd, UsageRecord } from '../../../src-shared/model/usage.ts';
import type { Change, StoredLedger } from './change.ts';
import { type Draft, record } from './draft.ts';
import { currentVersion } from './ledger.ts';
import { noteOverdraft } from './overdraft.ts';

/**
 * What another active did alone, since the last entry that both have, united with this ledger
 * (protocol section 6). Neither wall-clock time nor "newest file" decides anything.
 */
export interface Alone {
  /** Changes of the other, in order. */
  theirs: readonly Change[];
  /** Changes made here since the same entry, in order. */
  ours: readonly Change[];
  /** The other's ledger as it is now. */
  ledger: StoredLedger;
}

export function mergeAlone(draft: Draft, { theirs, ours, ledger }: Alone): void {
  const endedHere = endsOf(ours);
  const endedThere = endsOf(theirs);
  const touched = touchedLeases(theirs);
  const liveThere = new Map(ledger.leases.map((lease) => [lease.id, lease]));

  for (const [leaseId, lease] of liveThere) {
    if (draft.state.leases.has(leaseId)) continue;
    const end = endedHere.get(leaseId)?.end;
    // New there, or merely run out here while its holder renewed it there.
    if (touched.has(leaseId) ? end === undefined || end === 'expired' : end === 'expired') {
      record(draft, { type: 'lease', before: null, after: lease });
    }
  }
  for (const [leaseId, session] of endedThere) {
    const here = draft.state.leases.get(leaseId);
    if (here && session.end !== 'expired') {
      record(draft, { type: 'lease', before: here, after: null });
      addUsage(draft, session);
    } else if (!here && !endedHere.has(leaseId)) {
      addUsage(draft, session);
    }
  }
  for (const change of theirs) {
    if (change.type === 'usage' && change.after.kind === 'denial') addUsage(draft, change.after);
  }
  mergeLicenses(draft, ledger);
  noteOverdraft(draft, true);
}

function addUsage(draft: Draft, usage: UsageRecord): void {
  draft.state.meta.usageSequence++;
  record(draft, { type: 'usage', after: { ...usage, sequence: draft.state.meta.usageSequence } });
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

/** Licences go to the higher revision, and of equal ones to the higher serial. */
function mergeLicenses(draft: Draft, { licenses, vendors }: StoredLedger): void {
  const { state } = draft;
  for (const vendor of vendors) {
    if (!state.vendors.has(vendor.keyId)) {
      record(draft, { type: 'vendor', before: null, after: vendor });
    }
  }
  for (const theirs of licenses) {
    const ours = state.licenses.get(theirs.id);
    if (!ours || isNewer(currentVersion(theirs), currentVersion(ours))) {
      record(draft, { type: 'license', before: ours ?? null, after: theirs });
    }
  }
}

type Version = ReturnType<typeof currentVersion>;

function isNewer(a: Version, b: Version): boolean {
  return (
    a.revision - b.revision > 0 || (a.revision === b.revision && a.grant.serial > b.grant.serial)
  );
}
