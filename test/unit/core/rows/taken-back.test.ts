import { describe, expect, it } from 'vitest';
import { beginDraft, closeDraft } from '../../../../src-main/node/core/ledger/draft.ts';
import {
  type LedgerState,
  reservedUnits,
  withdrawEntries,
} from '../../../../src-main/node/core/ledger/ledger.ts';
import { beginTerm, restoreLedger } from '../../../../src-main/node/core/ledger/ledger-start.ts';
import { isToldLease } from '../../../../src-main/node/core/ledger/overdraft.ts';
import { rowsOfLedger } from '../../../../src-main/node/core/ledger/rows-of-ledger.ts';
import { decide } from '../../../../src-main/node/core/ledger/step.ts';
import {
  createTally,
  recordUnion,
  reserve,
  type Tally,
  uniteAtActive,
} from '../../../../src-main/node/core/ledger/unite.ts';
import { leaseIdOf } from '../../../../src-main/node/core/rows/lease-id.ts';
import { type LeaseRow, rank } from '../../../../src-main/node/core/rows/row.ts';
import { soloConfig } from '../../../../src-shared/model/ledger-config.ts';
import {
  makeInstalledLicense,
  makeLease,
  makeStoredLedger,
  nowMs,
  serverId,
} from '../../../support/records.ts';

const at = { monotonicMs: 1_000, wallMs: nowMs };
const lease = makeLease(1);
const { id, licenseId, holder, borrowUntilMs } = lease;

/** The row of the lease as another member has it, greater than what is here. */
function makeRow(newRank: number): LeaseRow {
  const isLive = newRank === rank.granted || newRank === rank.granted + 2;
  return {
    kind: 'lease',
    id,
    rank: newRank,
    by: '3.00aa11bb22cc33dd',
    write: 7,
    stampMs: nowMs,
    licenseId,
    instance: holder.instance,
    borrowUntilMs,
    lease: isLive ? lease : null,
  };
}

const expired = makeRow(rank.granted + 1);
const liveAgain = makeRow(rank.granted + 2);
const returned = makeRow(rank.returned);

/** A server that took over a moment ago, from one whose spell has no word that anybody was told of the lease. */
function takeOver(row: LeaseRow): LedgerState {
  const stored = makeStoredLedger({
    config: soloConfig(serverId),
    licenses: [makeInstalledLicense()],
  });
  const options = { serverId, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1' };
  const rows = [...rowsOfLedger(stored), row];
  const state = restoreLedger({ ...stored, rows }, options, at);
  beginTerm(state, 4, { member: serverId, boot: 'ffee00aa11bb22cc' }, at, () => undefined);
  return state;
}

/** What another member has comes, and the disk does not take it. */
function uniteInVain(state: LedgerState, row: LeaseRow, tally: Tally = createTally()): void {
  const draft = beginDraft(state);
  uniteAtActive(draft, [row], tally);
  withdrawEntries(state, closeDraft(draft));
}

function unite(state: LedgerState, row: LeaseRow, tally: Tally = createTally()): void {
  const draft = beginDraft(state);
  uniteAtActive(draft, [row], tally);
  closeDraft(draft);
}

const units = (state: LedgerState) => reservedUnits(state, licenseId);

/** The lease may be relied on still, although another member let it expire. */
function keepUnits(state: LedgerState): void {
  reserve(state, id, lease, 60_000);
}

describe('a union that the disk does not take', () => {
  it('leaves a lease that nobody showed as one that nobody is known to have been told of', () => {
    const state = takeOver(makeRow(rank.granted));
    expect(isToldLease(state, lease)).toBe(false);
    uniteInVain(state, returned);
    expect(state.leases.has(id)).toBe(true);
    expect(isToldLease(state, lease)).toBe(false);
  });

  it('leaves the units kept of a lease that came to life by it', () => {
    const state = takeOver(expired);
    keepUnits(state);
    uniteInVain(state, liveAgain);
    expect([state.leases.has(id), units(state)]).toEqual([false, lease.units]);
  });

  it('keeps no units beside a lease that lives after all', () => {
    const state = takeOver(makeRow(rank.granted));
    uniteInVain(state, expired);
    expect([state.leases.has(id), units(state)]).toEqual([true, 0]);
  });

  it('leaves no doubt of a seat that its holder gets here by the same number', () => {
    const state = takeOver(expired);
    const client = { instance: 'numbered', user: 'anna', host: 'pc-1' };
    const numbered = { ...lease, id: leaseIdOf(client, 1, licenseId), holder: client, request: 1 };
    const row = {
      ...makeRow(rank.granted),
      id: numbered.id,
      instance: 'numbered',
      lease: numbered,
    };
    uniteInVain(state, row);
    const request = { feature: lease.feature, units: 1, client, request: 1 };
    decide(state, [{ type: 'checkoutRequested', requestId: 1, leaseId: lease.id, request }], at);
    expect([state.leases.has(numbered.id), state.unshown.has(numbered.id)]).toEqual([true, false]);
  });

  it('is counted once when it comes again', () => {
    const state = takeOver(expired);
    const tally = createTally();
    uniteInVain(state, liveAgain, tally);
    unite(state, liveAgain, tally);
    const draft = beginDraft(state);
    recordUnion(draft, 'Main', tally);
    expect(draft.changes.map((change) => change.type === 'event' && change.after.message)).toEqual([
      'What was under way at Main when it stopped is known here now: 1 seat came in.',
    ]);
  });
});

describe('units that are kept for a holder', () => {
  it('take none beside its lease that lives again, and are free when that is given back', () => {
    const state = takeOver(expired);
    keepUnits(state);
    unite(state, liveAgain);
    expect(units(state)).toBe(0);
    decide(state, [{ type: 'returnRequested', requestId: 1, leaseId: id }], at);
    expect([state.leases.has(id), units(state)]).toEqual([false, 0]);
  });

  it('are free when another member has it as given back', () => {
    const state = takeOver(expired);
    keepUnits(state);
    unite(state, liveAgain);
    unite(state, returned);
    expect([state.leases.has(id), units(state)]).toEqual([false, 0]);
  });
});
