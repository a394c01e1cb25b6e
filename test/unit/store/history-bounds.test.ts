import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { HistoryBounds } from '../../../src-main/node/store/store.ts';
import {
  leaseIdOf,
  makeDenial,
  makeEvent,
  makeMeta,
  makeSession,
  nowMs,
  otherId,
  serverId,
} from '../../support/records.ts';
import {
  ledgerFile,
  type LedgerStore,
  openTestStore,
  openWithLedger,
  readLedger,
  takeBackToFormat4,
} from '../../support/store.ts';

const plenty = { countMax: 1e9, bytesMax: 1e12 };
const hourMs = 3_600_000;
const everything = { fromMs: 0, toMs: nowMs + 1e6 * hourMs, afterSequence: 0, limit: 10_000 };

const session = (n: number, endedAtMs = nowMs + n) => ({
  type: 'usage' as const,
  after: makeSession(n, { endedAtMs }),
});
const denial = (n: number, lastAtMs = nowMs + n) => ({
  type: 'usage' as const,
  after: makeDenial(n, { lastAtMs, user: `user-${n}` }),
});
const event = (n: number) => ({ type: 'event' as const, after: makeEvent(n) });

const range = <T>(from: number, to: number, make: (n: number) => T): T[] =>
  Array.from({ length: to - from + 1 }, (_, index) => make(from + index));

async function openBounded(bounds: Partial<HistoryBounds>): Promise<LedgerStore> {
  const ledger = await openWithLedger();
  await ledger.store.boundHistory({ usage: plenty, events: plenty, ...bounds });
  return ledger;
}

/** Ends of what is kept, after `nowMs`, in their order. */
async function endsOf({ store }: LedgerStore): Promise<number[]> {
  const records = await store.usageRecords(everything);
  const ends = records.map((one) => (one.kind === 'session' ? one.endedAtMs : one.lastAtMs));
  return ends.map((end) => end - nowMs).sort((a, b) => a - b);
}

/** What the file has, counted. */
function recount(file: string) {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const count = (table: string) =>
      Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
    return { usage: count('usage'), events: count('events') };
  } finally {
    database.close();
  }
}

describe('bounds of the history', () => {
  it('hold after every write: usage that ended first goes, whichever came first', async () => {
    const ledger = await openBounded({ usage: { ...plenty, countMax: 10 } });
    for (const n of [5, 1, 9, 3, 12, 7]) {
      await ledger.append(session(2 * n), denial(2 * n + 1));
      expect((await endsOf(ledger)).length).toBeLessThanOrEqual(10);
    }
    expect(await endsOf(ledger)).toEqual([6, 7, 10, 11, 14, 15, 18, 19, 24, 25]);
  });

  it('hold for what the records take as well', async () => {
    const ledger = await openBounded({ usage: { ...plenty, bytesMax: 100_000 } });
    await ledger.append(...range(1, 400, session));
    const { sizes } = await ledger.store.pruneHistory(null);
    expect(sizes.usage.bytes).toBeLessThanOrEqual(100_000);
    expect(sizes.usage.bytes).toBeGreaterThan(98_000);
    expect((await endsOf(ledger)).at(-1)).toBe(400);
  });

  it('leave sessions alone while denials are more than half of what may be there', async () => {
    const ledger = await openBounded({ usage: { ...plenty, countMax: 100 } });
    await ledger.append(...range(1, 40, session));
    for (const from of [1_001, 1_101, 1_201]) {
      await ledger.append(...range(from, from + 99, (n) => denial(n)));
    }
    const records = await ledger.store.usageRecords(everything);
    const kinds = records.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'session')).toHaveLength(40);
    expect(kinds.filter((kind) => kind === 'denial')).toHaveLength(60);
    await ledger.append(...range(2_001, 2_060, session));
    expect((await endsOf(ledger)).length).toBe(100);
  });

  it('drop the timeline that came first, of ledgers and journals, and keep how far those are', async () => {
    const ledger = await openBounded({ events: { ...plenty, countMax: 100 } });
    await ledger.addToJournal(makeEvent(7, { server: otherId }));
    await ledger.append(...range(1, 150, event));
    const found = await ledger.store.events({ search: '', limit: 1_000 });
    expect(found.map(({ local }) => local)).toEqual(range(52, 151, (n) => n).reverse());
    expect((await ledger.store.load(serverId)).journal).toEqual({ [otherId]: 7 });
  });

  it('hold in steps when they are drawn closer, and drop what is too old', async () => {
    const ledger = await openWithLedger();
    await ledger.append(...range(1, 4_000, (n) => (n % 2 === 0 ? session(n) : denial(n))));
    const { store } = ledger;
    expect(await store.pruneHistory(nowMs + 101)).toMatchObject({ pruned: 100 });
    await store.boundHistory({ usage: { ...plenty, countMax: 1_000 }, events: plenty });
    expect(await store.pruneHistory(null)).toMatchObject({
      pruned: 2_900,
      sizes: { usage: { count: 1_000 }, events: { count: 0, bytes: 0 } },
    });
    expect((await endsOf(ledger))[0]).toBe(3_001);
  });

  it('do not bring a lease back that was returned: its end is known without its record', async () => {
    const ledger = await openBounded({ usage: { ...plenty, countMax: 2 } });
    const meta = { before: makeMeta(), after: makeMeta({ wallHighMs: nowMs + 10 }) };
    await ledger.append({ type: 'meta', ...meta }, ...range(1, 4, (n) => session(n)));
    const expired = makeSession(5, { endedAtMs: nowMs - 1, end: 'expired' });
    await ledger.append({ type: 'usage', after: expired });
    const { ended } = (await readLedger(ledger.store)).ledger;
    expect(ended.map(({ leaseId }) => leaseId).sort()).toEqual(range(1, 4, leaseIdOf));
  });
});

describe('the size of the history', () => {
  it('is what the file has, whatever was added, withdrawn, replaced and dropped', async () => {
    const ledger = await openBounded({ usage: { ...plenty, countMax: 150 } });
    await ledger.append(...range(1, 120, session), ...range(1, 50, event));
    await ledger.append(...range(60, 200, (n) => denial(n)));
    await ledger.append(...range(60, 80, (n) => denial(n, nowMs + 9_000)));
    const withdrawn = [session(1), event(50), denial(200)];
    await ledger.write({ type: 'truncate', afterIndex: 3, withdrawn });
    const { sizes } = await ledger.store.pruneHistory(null);
    const { usage, events } = recount(ledger.file);
    expect([sizes.usage.count, sizes.events.count]).toEqual([usage, events]);
    expect(sizes.events.count).toBe(49);
    await ledger.store.pruneHistory(nowMs + 1e6 * hourMs);
    const last = await ledger.store.pruneHistory(null);
    expect(last.sizes.usage).toEqual({ count: 0, bytes: 0 });
  });

  it.each([
    ['sessions', 'usage', session],
    ['denials', 'usage', denial],
    ['timeline entries', 'events', event],
  ] as const)('is about what %s take on the disk', async (_name, kind, make) => {
    const ledger = await openWithLedger();
    const before = statSync(ledger.file).size;
    await ledger.append(...range(1, 5_000, (n) => make(n)));
    await ledger.write({ type: 'compact', toIndex: 1 });
    const { sizes } = await ledger.store.pruneHistory(null);
    expect(sizes[kind].count).toBe(5_000);
    await ledger.store.close();
    const database = new DatabaseSync(ledger.file);
    database.exec('VACUUM');
    database.close();
    const taken = statSync(ledger.file).size - before;
    expect(sizes[kind].bytes / taken).toBeGreaterThan(0.7);
    expect(sizes[kind].bytes / taken).toBeLessThan(1.4);
  });

  it('of a file of format 4 is counted when it is brought up to date', async () => {
    const file = ledgerFile();
    const ledger = await openWithLedger(file);
    await ledger.append(session(1), denial(2), denial(3), event(1));
    const { sizes } = await ledger.store.pruneHistory(null);
    await ledger.store.close();
    takeBackToFormat4(file);
    const again = openTestStore(file);
    await again.load(serverId);
    expect((await again.pruneHistory(null)).sizes).toEqual(sizes);
    expect(sizes.usage.count).toBe(3);
  });
});
