import { describe, expect, it } from 'vitest';
import {
  ended,
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
  logConfig,
  otherLogConfig,
  positionOf,
  vendor,
} from '../../support/records.ts';
import { ledgerId, openWithLedger, readLedger } from '../../support/store.ts';

const hourMs = 3_600_000;

describe('the log in the store', () => {
  async function openWithEntries() {
    const ledger = await openWithLedger();
    const metas = [1, 2, 3].map((term) => makeMeta({ term, wallHighMs: nowMs }));
    const license = makeInstalledLicense();
    const entries = [
      ledger.nextEntry(
        granted(makeLease(1)),
        { type: 'event', after: makeEvent(1) },
        { type: 'usage', after: makeDenial(1) },
        { type: 'vendor', before: null, after: vendor },
        { type: 'meta', before: makeMeta({ term: 0 }), after: metas[0] ?? makeMeta() },
      ),
      ledger.nextEntry(
        ended(makeLease(1)),
        { type: 'usage', after: makeSession(2, { leaseId: leaseIdOf(1), endedAtMs: nowMs }) },
        { type: 'meta', before: metas[0] ?? makeMeta(), after: metas[1] ?? makeMeta() },
      ),
      ledger.nextEntry(
        { type: 'license', before: null, after: license },
        { type: 'vendor', before: vendor, after: null },
        granted(makeLease(3)),
        { type: 'usage', after: makeDenial(3, { count: 4, lastAtMs: nowMs + 4 }) },
        { type: 'event', after: makeEvent(2) },
        { type: 'config', before: logConfig, after: otherLogConfig },
        { type: 'meta', before: metas[1] ?? makeMeta(), after: metas[2] ?? makeMeta() },
      ),
    ] as const;
    await ledger.write({ type: 'append', entries });
    return { ledger, entries, metas };
  }

  it('takes entries off the end and undoes what they did', async () => {
    const { ledger, entries, metas } = await openWithEntries();
    const withdrawn = [...entries[1].changes, ...entries[2].changes];
    await ledger.write({ type: 'truncate', afterIndex: 1, withdrawn });
    const { store } = ledger;
    const loaded = await readLedger(store);
    expect(loaded.log.entries).toEqual(entries.slice(0, 1));
    expect(loaded.ledger).toEqual(
      makeStoredLedger({ meta: metas[0] ?? null, leases: [makeLease(1)], vendors: [vendor] }),
    );
    expect(await store.denials({ limit: 9 })).toMatchObject([makeDenial(1)]);
    const span = { fromMs: 0, toMs: nowMs + hourMs, afterSequence: 0, limit: 9 };
    expect(await store.usageRecords(span)).toEqual([makeDenial(1)]);
    const events = await store.events({ search: '', limit: 9 });
    expect(events.map(({ sequence }) => sequence)).toEqual([1]);
  });

  it('goes on after entries were taken off, with rows that never had those numbers', async () => {
    const { ledger, entries } = await openWithEntries();
    await ledger.write({ type: 'truncate', afterIndex: 2, withdrawn: entries[2].changes });
    const event = makeEvent(2, { message: 'Another one.' });
    const entry = { ...positionOf(3, 2), changes: [{ type: 'event', after: event } as const] };
    const { events } = await ledger.write({ type: 'append', entries: [entry] });
    expect(events).toEqual([{ ...event, local: 3, ledger: ledgerId }]);
    expect((await readLedger(ledger.store)).log.entries.at(-1)).toEqual(entry);
  });

  it('tells of no entry of the timeline that the same batch takes back', async () => {
    const ledger = await openWithLedger();
    const entry = ledger.nextEntry(
      { type: 'event', after: makeEvent(1) },
      { type: 'event', after: makeEvent(2) },
    );
    const { events } = await ledger.write(
      { type: 'append', entries: [entry] },
      { type: 'truncate', afterIndex: 0, withdrawn: entry.changes.slice(1) },
    );
    expect(events.map(({ sequence }) => sequence)).toEqual([1]);
  });

  it('forgets its beginning and keeps what that did', async () => {
    const { ledger, entries } = await openWithEntries();
    const before = await readLedger(ledger.store);
    await ledger.write({ type: 'compact', toIndex: 2 });
    const after = await readLedger(ledger.store);
    expect(after.log).toEqual({ base: positionOf(2), entries: entries.slice(2) });
    expect(after.ledger).toEqual(before.ledger);
  });
});
