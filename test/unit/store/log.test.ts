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
import { logSpell } from '../../../src-main/node/core/rows/row.ts';
import { ledgerId, openWithLedger, readLedger } from '../../support/store.ts';
import { usageOf } from './row-builders.ts';

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

  /** A lease that ran out by a time that was set back since, and was given back then. */
  async function openWithTwoEnds() {
    const ledger = await openWithLedger();
    const about = { leaseId: leaseIdOf(1) };
    const ranOut = makeSession(1, {
      ...about,
      end: 'expired',
      endedAtMs: nowMs + 40 * 24 * hourMs,
    });
    const returned = makeSession(2, about);
    const changes = [ranOut, returned].map((after) => ({ type: 'usage', after }) as const);
    await ledger.append(...changes.slice(0, 1));
    await ledger.append(...changes.slice(1));
    const read = () => usageOf(ledger);
    const sessions = async () => {
      const span = { fromMs: nowMs, toMs: nowMs + 50 * 24 * hourMs, licenseUnits: {} };
      const { summaries } = await ledger.store.usageReport(span);
      return summaries[0]?.sessions ?? 0;
    };
    return { ledger, ranOut, returned, changes, read, sessions };
  }

  it('has the last end of a lease in usage', async () => {
    const { returned, read, sessions } = await openWithTwoEnds();
    expect(await read()).toEqual([returned]);
    expect(await sessions()).toBe(1);
  });

  it('has the end before in usage again where the last one is taken back', async () => {
    const { ledger, ranOut, changes, read, sessions } = await openWithTwoEnds();
    await ledger.write({ type: 'truncate', afterIndex: 1, withdrawn: changes.slice(1) });
    expect(await read()).toEqual([ranOut]);
    expect(await sessions()).toBe(1);
  });

  it('has the end before in usage again where an image takes the place of the last one', async () => {
    const { ledger, ranOut, read } = await openWithTwoEnds();
    const stored = makeStoredLedger({ meta: makeMeta({ usageSequence: 1 }) });
    const image = { position: positionOf(9, 4), ledger: stored };
    await ledger.write({ type: 'image', image, usageAfter: 1, eventsAfter: 0 });
    expect(await read()).toEqual([ranOut]);
  });

  it('has the last end in usage too where the one before comes later, from another member', async () => {
    const { ledger: from, returned, changes } = await openWithTwoEnds();
    const meta = makeMeta({ usageSequence: 2 });
    await from.append({ type: 'meta', before: makeMeta(), after: meta });
    const ledger = await openWithLedger();
    const image = { position: positionOf(2), ledger: makeStoredLedger({ meta }) };
    await ledger.write({ type: 'image', image, usageAfter: 0, eventsAfter: 0 });
    const entry = { ...positionOf(3), changes: changes.slice(1) };
    await ledger.write({ type: 'append', entries: [entry] });
    const query = { ledger: ledgerId, spell: logSpell, kind: 'usage', after: 0 } as const;
    const page = await from.store.readHistory({ ...query, upTo: 2, limit: 9 });
    expect(page.docs.join()).not.toContain('rank');
    const [gap] = await ledger.store.gaps();
    await ledger.store.fillHistory({ gap: gap?.id ?? 0, ...page });
    expect(await usageOf(ledger)).toMatchObject([{ end: returned.end }]);
  });

  it('counts a lease that ran out and lives again as one session', async () => {
    const { ledger, sessions } = await openWithTwoEnds();
    await ledger.append(granted(makeLease(1)));
    expect(await sessions()).toBe(1);
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
