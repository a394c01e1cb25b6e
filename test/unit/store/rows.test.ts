import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src-main/node/core/ledger/change.ts';
import {
  configId,
  type ConfigRow,
  type LeaseRow,
  logSpell,
  rank,
  type Row,
  type SpellRow,
} from '../../../src-main/node/core/rows/row.ts';
import { soloConfig } from '../../../src-shared/model/ledger-config.ts';
import {
  granted,
  leaseIdOf,
  makeDenial,
  makeEvent,
  makeInstalledLicense,
  makeLease,
  makeMeta,
  makeSession,
  makeStoredLedger,
  nowMs,
  otherId,
  positionOf,
  serverId,
  vendor,
} from '../../support/records.ts';
import {
  copyAfterCrash,
  ledgerId,
  type LedgerStore,
  openTestStore,
  openWithLedger,
  readLedger,
  takeBackToFormat4,
} from '../../support/store.ts';
import { addRowSum, rowSum } from '../../../src-main/node/store/row-sum.ts';

const spell = '3.00aa11bb22cc33dd';
const earlier = '2.ffee00aa11bb22cc';
const origin = { by: spell, write: 1 };

function makeLeaseRow(number: number, more: Partial<LeaseRow> = {}): LeaseRow {
  const lease = makeLease(number);
  const { id, licenseId, borrowUntilMs } = lease;
  const about = { licenseId, instance: lease.holder.instance, borrowUntilMs };
  return { kind: 'lease', id, ...origin, rank: 0, stampMs: nowMs, ...about, lease, ...more };
}

const makeEndRow = (number: number) => makeLeaseRow(number, { rank: rank.returned, lease: null });

function makeSpellRow(more: Partial<SpellRow> = {}): SpellRow {
  const figures = { timesSet: 0, write: 1, told: 0, usage: 0, events: 0, overdraft: null };
  const times = { fromMs: nowMs, toMs: nowMs };
  return { kind: 'spell', id: spell, number: 3, member: serverId, ...times, ...figures, ...more };
}

const config = soloConfig(serverId);
const configRow: ConfigRow = { kind: 'config', id: configId, ...origin, config };
const license = makeInstalledLicense();
const licenseRow: Row = { kind: 'license', id: license.id, ...origin, revision: 1, license };
const vendorRow: Row = { kind: 'vendor', id: vendor.keyId, ...origin, revision: 1, vendor };

const put = (after: Row, before: Row | null = null): Change => {
  return { type: 'row', row: { before, after } };
};
const drop = (before: Row): Change => ({ type: 'row', row: { before, after: null } });

/** One write under `continuity`. */
function writeRows(ledger: LedgerStore, ...changes: Change[]) {
  return ledger.write({ type: 'rows', changes, gaps: [] });
}

const session = (sequence: number, of: string, atRank: number, more = {}): Change => {
  const after = makeSession(sequence, { leaseId: leaseIdOf(1), ...more });
  return { type: 'usage', spell: of, rank: atRank, after };
};

async function usageOf({ store }: LedgerStore) {
  const span = { fromMs: 0, toMs: 2 * nowMs, afterSequence: 0, limit: 99 };
  return store.usageRecords(span);
}

describe('rows in the store', () => {
  it('are handed back after a crash, with what they come to', async () => {
    const ledger = await openWithLedger();
    const rows = [configRow, licenseRow, makeSpellRow(), vendorRow, makeLeaseRow(1), makeEndRow(2)];
    await writeRows(ledger, ...rows.map((row) => put(row)));
    const stored = await readLedger(openTestStore(copyAfterCrash(ledger.file)));
    expect(stored.ledger).toEqual(
      makeStoredLedger({
        config,
        leases: [makeLease(1)],
        licenses: [license],
        vendors: [vendor],
        rows,
      }),
    );
  });

  it('are those of the newest write', async () => {
    const ledger = await openWithLedger();
    const moved = { ...config, version: 2 };
    await writeRows(ledger, put(configRow), put(makeLeaseRow(1)), put(makeLeaseRow(2)));
    const batch = [1, 2, 3].map((write) => {
      const changes = [put(makeLeaseRow(3, { write })), put(makeSpellRow({ write }))];
      return { type: 'rows', changes, gaps: [] } as const;
    });
    await ledger.write(...batch);
    await writeRows(ledger, put(makeEndRow(2), makeLeaseRow(2)), drop(makeLeaseRow(1)), {
      type: 'config',
      before: config,
      after: moved,
      row: { before: configRow, after: { ...configRow, config: moved } },
    });
    const stored = await readLedger(ledger.store);
    expect(stored.ledger.config).toEqual(moved);
    expect(stored.ledger.rows).toEqual([
      { ...configRow, config: moved },
      makeSpellRow({ write: 3 }),
      makeEndRow(2),
      makeLeaseRow(3, { write: 3 }),
    ]);
  });

  it('keep the start that leads in a term', async () => {
    const { write, store } = await bound();
    const term = { number: 3, member: serverId, boot: '00aa11bb22cc33dd' };
    await write({ type: 'term', term });
    expect((await readLedger(store)).term).toEqual(term);
    await write({ type: 'term', term: { number: 4, member: otherId } });
    expect((await readLedger(store)).term).toEqual({ number: 4, member: otherId });
  });

  it('are more than a page, each once', async () => {
    const ledger = await openWithLedger();
    const numbers = Array.from({ length: 10_001 }, (_, number) => number);
    await writeRows(ledger, put(configRow), ...numbers.map((number) => put(makeLeaseRow(number))));
    const { leases } = (await readLedger(ledger.store)).ledger;
    expect(leases.map(({ id }) => id)).toEqual(numbers.map(leaseIdOf));
  });

  it('take the place of a log, whose history stays', async () => {
    const ledger = await openWithLedger();
    await ledger.append(granted(makeLease(1)), { type: 'event', after: makeEvent(1) });
    const begun = { ...configRow, config: { ...config, version: 5 } };
    await ledger.write(
      { type: 'beginRows', config: begun.config },
      { type: 'rows', changes: [put(begun), put(makeSpellRow())], gaps: [] },
    );
    const stored = await readLedger(ledger.store);
    expect(stored.log).toEqual({ base: positionOf(1), entries: [] });
    expect(stored.ledger).toMatchObject({ config: { version: 5 }, leases: [], ended: [] });
    expect(stored.ledger.rows).toEqual([begun, makeSpellRow()]);
    expect(await ledger.store.events({ search: '', limit: 9 })).toHaveLength(1);
  });

  it('make room for an image, which keeps the spells and their history', async () => {
    const ledger = await openWithLedger();
    await writeRows(ledger, put(configRow), put(makeLeaseRow(1)), put(makeSpellRow()), {
      type: 'event',
      spell,
      after: makeEvent(1),
    });
    const spells = [makeSpellRow({ events: 1 })];
    const image = {
      position: positionOf(9, 4),
      ledger: makeStoredLedger({ meta: makeMeta(), leases: [makeLease(2)], rows: spells }),
    };
    const gaps = [{ spell: earlier, kind: 'usage', from: 1, to: 4 }] as const;
    await ledger.write({ type: 'image', image, usageAfter: 0, eventsAfter: 0, gaps });
    const stored = await readLedger(ledger.store);
    expect(stored.ledger).toEqual(image.ledger);
    expect(await ledger.store.gaps()).toEqual([{ id: 1, ledger: ledgerId, ...gaps[0] }]);
    expect(await ledger.store.events({ search: '', limit: 9 })).toHaveLength(1);
    // Whoever joins gets the spells too.
    for await (const part of ledger.store.readImage(ledgerId)) {
      if (part.type === 'head') expect(part.ledger.rows).toEqual(spells);
      else
        expect(part).toEqual({
          type: 'page',
          list: 'leases',
          docs: [JSON.stringify(makeLease(2))],
        });
    }
  });

  it('count in reports as long as their leases live', async () => {
    const ledger = await openWithLedger();
    await writeRows(ledger, put(configRow), put(makeLeaseRow(1)), put(makeEndRow(2)));
    const toMs = nowMs + 3_600_000;
    const report = await ledger.store.usageReport({ fromMs: nowMs, toMs, licenseUnits: {} });
    expect(report.summaries).toMatchObject([{ sessions: 1, unitHours: 1 }]);
  });

  it.each<[string, string, string]>([
    ['is no JSON', `kind = 'lease'`, '{'],
    ['stands under another id', `kind = 'lease'`, JSON.stringify(makeLeaseRow(7))],
    ['is of another kind', `kind = 'license'`, JSON.stringify(vendorRow)],
    ['is ended and has a lease', `kind = 'lease'`, JSON.stringify(makeLeaseRow(1, { rank: 1 }))],
    ['lives and has none', `kind = 'lease'`, JSON.stringify(makeLeaseRow(1, { lease: null }))],
    [
      'is of another holder than its lease',
      `kind = 'lease'`,
      JSON.stringify(makeLeaseRow(1, { instance: 'other' })),
    ],
    [
      'has a rank that there is not',
      `kind = 'lease'`,
      JSON.stringify(makeLeaseRow(1, { rank: -1 })),
    ],
    [
      'is of a spell without a name',
      `kind = 'lease'`,
      JSON.stringify(makeLeaseRow(1, { by: 'x' })),
    ],
    ['has another number', `kind = 'spell'`, JSON.stringify(makeSpellRow({ number: 4 }))],
  ])('of which one %s are damage', async (_name, condition, doc) => {
    const ledger = await openWithLedger();
    const rows = [configRow, licenseRow, makeSpellRow(), makeLeaseRow(1)];
    await writeRows(ledger, ...rows.map((row) => put(row)));
    await ledger.store.close();
    const database = new DatabaseSync(ledger.file);
    addRowSum(database);
    database.prepare(`UPDATE rows SET doc = ? WHERE ${condition}`).run(doc);
    database.exec(`UPDATE rows SET sum = ${rowSum}`);
    database.close();
    const again = openTestStore(ledger.file).load(serverId);
    await expect(again).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it.each(['lease', 'config', 'spell', 'vendor'])(
    'are damage when the text of a %s is not what was written, however sound it looks',
    async (kind) => {
      const ledger = await openWithLedger();
      const trusted = { revision: 1, vendor };
      const vendorRow: Row = { kind: 'vendor', id: vendor.keyId, ...origin, ...trusted };
      const rows = [configRow, licenseRow, makeSpellRow(), makeLeaseRow(1), vendorRow];
      await writeRows(ledger, ...rows.map((row) => put(row)));
      await ledger.store.close();
      const database = new DatabaseSync(ledger.file);
      const change =
        "UPDATE rows SET doc = replace(doc, '1', '3') WHERE kind = ? AND doc LIKE '%1%'";
      expect(database.prepare(change).run(kind).changes).toBe(1);
      database.close();
      const again = openTestStore(ledger.file).load(serverId);
      await expect(again).rejects.toMatchObject({
        code: 'STORE_DAMAGED',
        message: expect.stringContaining(`the row ${kind} `),
      });
    },
  );

  it('are taken over with their checksums from a file of version 3, which had none', async () => {
    const ledger = await openWithLedger();
    const rows = [configRow, licenseRow, makeSpellRow(), makeLeaseRow(1)];
    await writeRows(ledger, ...rows.map((row) => put(row)));
    await ledger.store.close();
    takeBackToFormat4(ledger.file);
    const database = new DatabaseSync(ledger.file);
    database.exec('ALTER TABLE rows DROP COLUMN sum; DROP TABLE boot; PRAGMA user_version = 3');
    database.close();
    const store = openTestStore(ledger.file);
    expect((await readLedger(store)).ledger.rows).toEqual(expect.arrayContaining(rows));
    await store.close();
    const again = openTestStore(ledger.file);
    expect((await readLedger(again)).ledger.rows).toHaveLength(rows.length);
  });

  it('are refused where a change does not say what becomes of its row, with nothing written', async () => {
    const ledger = await openWithLedger();
    const failed = writeRows(ledger, put(configRow), granted(makeLease(1)));
    await expect(failed).rejects.toMatchObject({ name: 'StoreUnavailable' });
    expect((await readLedger(ledger.store)).ledger).toEqual(makeStoredLedger());
  });
});

async function bound() {
  const ledger = await openWithLedger();
  return { write: ledger.write.bind(ledger), store: ledger.store };
}

describe('history of spells', () => {
  it('has numbers of its own in each', async () => {
    const ledger = await openWithLedger();
    const event = (of: string | undefined, message: string): Change => ({
      type: 'event',
      ...(of === undefined ? {} : { spell: of }),
      after: makeEvent(1, { message }),
    });
    await ledger.append(event(undefined, 'log'));
    await writeRows(ledger, put(configRow), event(earlier, 'earlier'), event(spell, 'now'));
    // The same once more alters nothing.
    expect((await writeRows(ledger, event(spell, 'now'))).events).toEqual([]);
    const found = await ledger.store.events({ search: '', afterSequence: 0, limit: 9 });
    expect(found.map(({ message, local }) => [message, local])).toEqual([
      ['log', 1],
      ['earlier', 2],
      ['now', 3],
    ]);
  });

  it.each([
    ['first', [0, 1]],
    ['last', [1, 0]],
  ])('keeps the end of a lease with the highest rank, also when it comes %s', async (_, order) => {
    const ledger = await openWithLedger();
    const ends = [session(1, spell, rank.returned), session(4, earlier, 1, { end: 'expired' })];
    for (const at of order) await writeRows(ledger, ...ends.slice(at, at + 1));
    expect(await usageOf(ledger)).toMatchObject([{ end: 'returned' }]);
  });

  it('goes by the later end of two of one rank, then by the later spell', async () => {
    const ledger = await openWithLedger();
    await writeRows(ledger, session(1, spell, 1, { user: 'early', endedAtMs: nowMs + 1 }));
    await writeRows(ledger, session(1, earlier, 1, { user: 'late', endedAtMs: nowMs + 2 }));
    expect(await usageOf(ledger)).toMatchObject([{ user: 'late' }]);
    await writeRows(ledger, session(2, spell, 1, { user: 'later', endedAtMs: nowMs + 2 }));
    await writeRows(ledger, session(2, earlier, 1, { user: 'no', endedAtMs: nowMs + 2 }));
    expect(await usageOf(ledger)).toMatchObject([{ user: 'later' }]);
  });

  it('takes the place of an end in the time as a log, of which two are both kept', async () => {
    const ledger = await openWithLedger();
    const ends = [1, 2].map((sequence) => makeSession(sequence, { leaseId: leaseIdOf(1) }));
    await ledger.append(...ends.map((after) => ({ type: 'usage', after }) as const));
    expect(await usageOf(ledger)).toHaveLength(2);
    await writeRows(ledger, session(1, spell, rank.returned, { user: 'carl' }));
    expect(await usageOf(ledger)).toMatchObject([{ user: 'carl' }]);
  });

  it('leaves ends of other leases and refusals alone', async () => {
    const ledger = await openWithLedger();
    await writeRows(
      ledger,
      session(1, spell, 1),
      session(2, spell, rank.returned, { leaseId: leaseIdOf(2) }),
      { type: 'usage', spell, after: makeDenial(3) },
      { type: 'usage', spell, after: makeDenial(4) },
    );
    expect(await usageOf(ledger)).toHaveLength(4);
  });

  /** A spell that recorded four ends, of which the second is not here. */
  async function openWithGap() {
    const ledger = await openWithLedger();
    const ends = [1, 3, 4].map((number) =>
      session(number, spell, 1, { leaseId: leaseIdOf(number) }),
    );
    const gaps = [{ spell, kind: 'usage', from: 2, to: 2 }] as const;
    const changes = [put(configRow), ...ends, put(makeSpellRow({ usage: 4 }))];
    await ledger.write({ type: 'rows', changes, gaps });
    return ledger;
  }

  it('is handed on by spell, in pages, up to what is missing', async () => {
    const { store } = await openWithGap();
    const read = (after: number, limit = 9, of = spell) =>
      store.readHistory({ ledger: ledgerId, spell: of, kind: 'usage', after, upTo: 99, limit });
    expect(await read(0)).toMatchObject({ docs: [expect.anything()], upTo: 1 });
    // The second is passed over: who asks has to have it from somebody else.
    expect(await read(1, 1)).toMatchObject({
      docs: [expect.stringContaining('"rank":1')],
      from: 3,
      upTo: 3,
    });
    expect(await read(3)).toMatchObject({ from: 4, upTo: 4 });
    expect(await read(4)).toEqual({ docs: [], from: 5, upTo: 4 });
    expect(await read(0, 9, earlier)).toEqual({ docs: [], from: 1, upTo: 0 });
    expect(await read(0, 9, logSpell)).toEqual({ docs: [], from: 1, upTo: 0 });
  });

  it('is missing no longer when it comes with a write, and not when it was here before', async () => {
    const ledger = await openWithGap();
    const late = session(2, spell, 1, { leaseId: leaseIdOf(2) });
    await ledger.write({ type: 'rows', changes: [put(configRow), late], gaps: [] });
    expect(await ledger.store.gaps()).toEqual([]);
    const gaps = [{ spell, kind: 'usage', from: 3, to: 6 }] as const;
    await ledger.write({ type: 'rows', changes: [put(makeSpellRow({ usage: 6 }))], gaps });
    expect(await ledger.store.gaps()).toMatchObject([{ from: 5, to: 6 }]);
  });

  it('is filled in from another member, with the rank of every end', async () => {
    const from = await openWithLedger();
    const others = [session(1, earlier, 3), session(2, spell, rank.returned, { user: 'carl' })];
    const known = [
      put(configRow),
      put(makeSpellRow({ usage: 2 })),
      put(makeSpellRow({ id: earlier, number: 2, usage: 1 })),
    ];
    await writeRows(from, ...known, ...others.slice(1));
    const ledger = await openWithLedger();
    const gaps = [{ spell, kind: 'usage', from: 1, to: 2 }] as const;
    await ledger.write({ type: 'rows', changes: [...known, ...others.slice(0, 1)], gaps });
    const query = { ledger: ledgerId, spell, kind: 'usage', after: 0, upTo: 2, limit: 9 } as const;
    const page = await from.store.readHistory(query);
    const [gap] = await ledger.store.gaps();
    await ledger.store.fillHistory({ gap: gap?.id ?? 0, ...page });
    expect(await usageOf(ledger)).toMatchObject([{ end: 'returned', user: 'carl' }]);
    expect(await ledger.store.gaps()).toEqual([]);
    // What is filled in is handed on as it came.
    expect(await ledger.store.readHistory(query)).toEqual(page);
  });

  it('is not altered by an image of the time as a log, nor are its gaps', async () => {
    const ledger = await openWithGap();
    const image = { position: positionOf(9, 4), ledger: makeStoredLedger() };
    await ledger.write({ type: 'image', image, usageAfter: 0, eventsAfter: 0 });
    expect(await usageOf(ledger)).toHaveLength(3);
    expect(await ledger.store.gaps()).toMatchObject([{ id: 1, spell, from: 2, to: 2 }]);
  });
});
