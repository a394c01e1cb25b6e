import { describe, expect, it } from 'vitest';
import { beginDraft } from '../../../../src-main/node/core/ledger/draft.ts';
import { restoreLedger } from '../../../../src-main/node/core/ledger/ledger-start.ts';
import { rowsOfLedger } from '../../../../src-main/node/core/ledger/rows-of-ledger.ts';
import { soloConfig } from '../../../../src-shared/model/ledger-config.ts';
import {
  createTally,
  recordUnion,
  type Tally,
  uniteAtActive,
} from '../../../../src-main/node/core/ledger/unite.ts';
import { changeRow, createRowSet, uniteRow } from '../../../../src-main/node/core/rows/row-set.ts';
import { type LeaseRow, rank, type SpellRow } from '../../../../src-main/node/core/rows/row.ts';
import {
  makeInstalledLicense,
  makeLease,
  makeStoredLedger,
  nowMs,
  otherId,
  serverId,
} from '../../../support/records.ts';

const spell = '3.00aa11bb22cc33dd';

/** The spell of another member, of whose writes clients were told up to this one. */
function makeSpellRow(told: number): SpellRow {
  const figures = { timesSet: 0, write: 2, told, usage: 0, events: 0, overdraft: null };
  const times = { fromMs: nowMs, toMs: nowMs };
  return { kind: 'spell', id: spell, number: 3, member: otherId, ...times, ...figures };
}

/** Granted by a write of that spell, and ended by it when it is a return. */
function makeLeaseRow(number: number, write: number, returned = false): LeaseRow {
  const lease = makeLease(number);
  const { id, licenseId, borrowUntilMs } = lease;
  const about = { licenseId, instance: lease.holder.instance, borrowUntilMs };
  const end = returned ? { rank: rank.returned, lease: null } : { rank: rank.granted, lease };
  return { kind: 'lease', id, by: spell, write, stampMs: nowMs, ...about, ...end };
}

/** What an active that has the lease 3 says of rows that another one brings. */
function unite(known: Partial<Tally>, ...rows: (LeaseRow | SpellRow)[]): string[] {
  const at = { monotonicMs: 1_000, wallMs: nowMs };
  const kept = { licenses: [makeInstalledLicense()], leases: [makeLease(3)] };
  const stored = makeStoredLedger({ config: soloConfig(serverId), ...kept });
  const options = { serverId, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1' };
  const state = restoreLedger({ ...stored, rows: rowsOfLedger(stored) }, options, at);
  state.spell = { ...makeSpellRow(0), id: '4.ffee00aa11bb22cc', number: 4, member: serverId };
  const draft = beginDraft(state);
  const tally = { ...createTally(), ...known };
  // In pieces, in whatever order.
  for (const row of rows) uniteAtActive(draft, [row], tally);
  recordUnion(draft, 'Main', tally);
  return draft.changes.flatMap((change) => (change.type === 'event' ? change.after.message : []));
}

const united = (parts: string) => `What Main had is united with this ledger: ${parts}.`;
const underWay = (parts: string) =>
  `What was under way at Main when it stopped is known here now: ${parts}.`;

it('remembers an end as long as a token of a borrow runs of which the one that ended the lease knew nothing', () => {
  const ended = makeLeaseRow(1, 2, true);
  const borrowUntilMs = nowMs + 30 * 86_400_000;
  const borrowed = { ...makeLeaseRow(1, 1), borrowUntilMs };
  for (const rows of [
    [ended, borrowed],
    [borrowed, ended],
  ]) {
    const set = createRowSet();
    for (const row of rows) changeRow(set, uniteRow(set, row) ?? { before: null, after: null });
    expect(set.lease.get(ended.id)).toEqual({ ...ended, borrowUntilMs });
  }
});

describe('what another member brings is announced', () => {
  it('as a union when clients were told of a part of it, whichever row comes first', () => {
    const rows = [makeLeaseRow(1, 1), makeLeaseRow(2, 2), makeLeaseRow(3, 2, true)];
    const said = [united('2 seats came in, 1 seat had ended there')];
    expect(unite({}, makeSpellRow(1), ...rows)).toEqual(said);
    expect(unite({}, ...rows, makeSpellRow(1))).toEqual(said);
  });

  it('with the ends that were told', () => {
    expect(unite({}, makeLeaseRow(3, 2, true), makeSpellRow(2))).toEqual([
      united('1 seat had ended there'),
    ]);
  });

  it('as what was under way, and no warning, when there is no word that anybody was told', () => {
    expect(unite({}, makeSpellRow(0), makeLeaseRow(1, 1), makeLeaseRow(3, 2, true))).toEqual([
      underWay('1 seat came in, 1 seat had ended there'),
    ]);
    expect(unite({}, makeLeaseRow(1, 1))).toEqual([underWay('1 seat came in')]);
  });
});
