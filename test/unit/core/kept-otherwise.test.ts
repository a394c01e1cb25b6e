import { beforeEach, describe, expect, it } from 'vitest';
import {
  keepAsLog,
  keepAsRows,
  makeRowsAhead,
} from '../../../src-main/node/core/ledger/kept-otherwise.ts';
import { remainingMs } from '../../../src-main/node/core/ledger/lease-clock.ts';
import { type LedgerState, unitCount } from '../../../src-main/node/core/ledger/ledger.ts';
import { rootText } from '../../../src-main/node/core/rows/digest.ts';
import { allRows, createRowSet, type RowSet } from '../../../src-main/node/core/rows/row-set.ts';
import { CoreHost, grantedLease } from '../../support/core-host.ts';

let host: CoreHost;

beforeEach(() => {
  host = new CoreHost();
  host.install({ units: 100 });
  for (let n = 1; n <= 20; n++) host.checkout({ instance: `before-${n}` });
});

/** A spell that came to its end says how far clients were told of it. */
function rootWithoutTold(rows: RowSet): string {
  const asBefore = [...allRows(rows)].map((row) =>
    row.kind === 'spell' ? { ...row, told: 0 } : row,
  );
  return rootText(createRowSet(asBefore).digest);
}

/** What has to be as it was when a change of the rule is taken back. */
function seen({ leases, licenses, clock, rows, config, ...state }: LedgerState) {
  const id = [...licenses.keys()][0] ?? '';
  return {
    leases: [...leases.keys()].sort(),
    licenses: [...licenses.keys()],
    seats: [...state.leaseIdBySeat].sort(),
    count: { ...unitCount({ leases, licenses, clock, rows, config, ...state }, id) },
    lives: [...leases.keys()].sort().map((lease) => remainingMs(clock, lease)),
    rule: config.membership.rule,
    root: rows && rootWithoutTold(rows),
  };
}

describe.each(['majority', 'continuity'] as const)('a ledger that goes on by %s', (rule) => {
  beforeEach(() => {
    if (rule === 'continuity') host.changeRule('majority');
    host.pass(5_000);
  });

  it('has the leases that it had, with a full life, and grants more', () => {
    const { leases, licenses } = host.state;
    host.changeRule(rule);
    expect(host.state.config.membership.rule).toBe(rule);
    expect(host.state.rows !== null).toBe(rule === 'continuity');
    expect([...host.state.leases.keys()]).toEqual([...leases.keys()]);
    expect([...host.state.licenses.keys()]).toEqual([...licenses.keys()]);
    for (const id of leases.keys()) expect(remainingMs(host.state.clock, id)).toBe(60_000);
    host.checkout({ instance: 'after' });
    host.crash();
    expect(host.leasesOnDisk().size).toBe(21);
    expect(host.state.leases.size).toBe(21);
  });

  it('does not read them anew', () => {
    const { leases, leaseIdBySeat } = host.state;
    host.changeRule(rule);
    expect(host.state.leases).toBe(leases);
    expect(host.state.leaseIdBySeat).toBe(leaseIdBySeat);
  });

  it('is as it was when the disk does not take that, whatever came after', () => {
    const before = seen(host.state);
    const [first = ''] = host.state.leases.keys();
    const { leasesRevision } = host.state;
    host.holdWrites = true;
    host.changeRule(rule);
    host.request((requestId) => ({ type: 'returnRequested', requestId, leaseId: first }));
    host.request((requestId) => ({
      ...{ type: 'checkoutRequested', requestId, leaseId: host.nextLeaseId() },
      request: { feature: 'cad', units: 1, client: { instance: 'x', user: 'ada', host: 'ws-1' } },
    }));
    expect(host.state.leases.has(first)).toBe(false);
    host.failWrites();
    expect(seen(host.state)).toEqual(before);
    expect(host.state.leasesRevision).toBeGreaterThan(leasesRevision);
  });
});

describe('rows that are made ahead', () => {
  let log: LedgerState;

  beforeEach(() => {
    host.changeRule('majority');
    log = host.state;
  });

  it('leave room for others all along', () => {
    for (let n = 1; n <= 60; n++) host.checkout({ instance: `more-${n}`, units: 1 });
    for (const lease of [...log.leases.values()]) {
      for (let n = 0; n < 9; n++) {
        const id = `${lease.id}-${n}`;
        log.leases.set(id, { ...lease, id });
      }
    }
    let pauses = 0;
    for (const _ of makeRowsAhead(log)) pauses++;
    // 800 leases and their licence.
    expect(pauses).toBe(4);
    expect(log.rowsAhead?.lease.size).toBe(800);
  });

  it('are taken as they are, and those of leases that changed meanwhile are made anew', () => {
    const early = grantedLease(host.checkout({ instance: 'early' })).id;
    host.return(early);
    for (const _ of makeRowsAhead(log));
    const ahead = new Map(log.rowsAhead?.lease);
    host.install({ id: 'lic-late', feature: 'late' });
    const [gone = '', borrowed = '', kept = ''] = log.leases.keys();
    host.return(gone);
    const lease = log.leases.get(borrowed);
    if (lease) log.leases.set(borrowed, { ...lease, units: 7 });
    const fresh = grantedLease(host.checkout({ instance: 'meanwhile' }));
    const rows = keepAsRows(log).ledger.rows ?? createRowSet();
    expect(rows.lease.get(kept)).toBe(ahead.get(kept));
    expect([...rows.license.keys()]).toEqual(['lic-cad', 'lic-late']);
    expect(rows.lease.get(borrowed)?.lease?.units).toBe(7);
    expect(rows.lease.get(fresh.id)?.lease).toEqual(fresh);
    expect(rows.lease.get(gone)?.lease).toBeNull();
    expect(rows.lease.get(early)).toBe(ahead.get(early));
    expect(rootText(rows.digest)).toBe(rootText(createRowSet(allRows(rows)).digest));
  });

  it('add up to the leases that there are when none was made', () => {
    const rows = keepAsRows(log).ledger.rows ?? createRowSet();
    expect([...rows.lease.keys()].sort()).toEqual([...log.leases.keys()].sort());
    expect(rootText(rows.digest)).toBe(rootText(createRowSet(allRows(rows)).digest));
  });
});

it('keeps who gave a lease back, by either rule', () => {
  const lease = grantedLease(host.checkout({ instance: 'given back' }));
  host.return(lease.id);
  const { stored } = keepAsLog(host.state);
  expect(stored.ended.map(({ leaseId }) => leaseId)).toEqual([lease.id]);
  host.changeRule('majority');
  expect(host.state.endedLeases.has(lease.id)).toBe(true);
  host.changeRule('continuity');
  expect(host.state.rows?.lease.get(lease.id)?.lease).toBeNull();
});
