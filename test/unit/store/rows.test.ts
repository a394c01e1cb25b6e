import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import {
  granted,
  leaseIdOf,
  makeEvent,
  makeLease,
  makeMeta,
  makeStoredLedger,
  nowMs,
  otherId,
  positionOf,
  serverId,
  vendor,
} from '../../support/records.ts';
import { writeToLedger } from '../../support/edit-ledger.ts';
import {
  copyAfterCrash,
  ledgerId,
  openTestStore,
  openWithLedger,
  readLedger,
  takeBackToFormat4,
} from '../../support/store.ts';
import { rowSum } from '../../../src-main/node/store/row-sum.ts';
import {
  config,
  configRow,
  drop,
  earlier,
  license,
  licenseRow,
  makeEndRow,
  makeLeaseRow,
  makeSpellRow,
  put,
  spell,
  vendorRow,
  writeRows,
} from './row-builders.ts';

async function bound() {
  const ledger = await openWithLedger();
  return { write: ledger.write.bind(ledger), store: ledger.store };
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
    writeToLedger(ledger.file, (database) => {
      database.prepare(`UPDATE rows SET doc = ? WHERE ${condition}`).run(doc);
      database.exec(`UPDATE rows SET sum = ${rowSum}`);
    });
    const again = openTestStore(ledger.file).load(serverId);
    await expect(again).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it.each(['lease', 'config', 'spell', 'vendor'])(
    'are damage when the text of a %s is not what was written, however sound it looks',
    async (kind) => {
      const ledger = await openWithLedger();
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
