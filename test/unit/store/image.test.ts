import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StoredLedger } from '../../../src-main/node/core/ledger/change.ts';
import type { LedgerImage } from '../../../src-main/node/core/replica/message.ts';
import { createImageReader } from '../../../src-main/node/store/image-reader.ts';
import { logSpell } from '../../../src-main/node/core/rows/row.ts';
import { packBatch } from '../../../src-main/node/store/pack-writes.ts';
import type { ImageList, ImagePart, Store } from '../../../src-main/node/store/store.ts';
import type { Lease } from '../../../src-shared/model/lease.ts';
import {
  makeEnded,
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
  otherId,
  otherLogConfig,
  positionOf,
  serverId,
  vendor,
} from '../../support/records.ts';
import {
  ledgerId,
  type LedgerStore,
  openTestStore,
  openWithLedger,
  readLedger,
} from '../../support/store.ts';

async function readWhole(store: Store): Promise<LedgerImage & { pages: number[] }> {
  const parts: ImagePart[] = [];
  for await (const part of store.readImage(ledgerId)) parts.push(part);
  const [head] = parts;
  if (head?.type !== 'head') throw new Error('an image begins with its head');
  const pages = parts.filter((part) => part.type === 'page');
  const all = <T>(list: ImageList) =>
    pages
      .filter((page) => page.list === list)
      .flatMap(({ docs }) => docs.map((doc) => JSON.parse(doc) as T));
  const ledger: StoredLedger = {
    ...head.ledger,
    licenses: all('licenses'),
    vendors: all('vendors'),
    ended: all('ended'),
    leases: all('leases'),
  };
  return { position: head.position, ledger, pages: pages.map(({ docs }) => docs.join('').length) };
}

/** An image that brings the sequences up to these, of which none is in it. */
function makeImage(usageSequence: number, eventSequence: number): LedgerImage {
  return {
    position: positionOf(40, 3, otherId),
    ledger: makeStoredLedger({
      meta: makeMeta({ term: 3, usageSequence, eventSequence }),
      config: otherLogConfig,
      leases: [makeLease(7), makeLease(8)],
      licenses: [makeInstalledLicense({ id: 'other' })],
      vendors: [{ ...vendor, keyId: 'key-2' }],
      ended: [makeEnded(21), makeEnded(20)],
    }),
  };
}

/** Entries with the usage and timeline rows 1 to 4, and more that an image replaces. */
async function openWithHistory(): Promise<LedgerStore> {
  const ledger = await openWithLedger();
  await ledger.append(
    granted(makeLease(1)),
    { type: 'license', before: null, after: makeInstalledLicense() },
    { type: 'vendor', before: null, after: vendor },
    ...[1, 2, 3, 4].flatMap((sequence) => [
      { type: 'event' as const, after: makeEvent(sequence) },
      { type: 'usage' as const, after: makeDenial(sequence, { firstAtMs: nowMs + sequence }) },
    ]),
    {
      type: 'meta',
      before: makeMeta(),
      after: makeMeta({ usageSequence: 4, eventSequence: 4 }),
    },
  );
  return ledger;
}

async function eventSequences(store: Store): Promise<number[]> {
  const events = await store.events({ search: '', afterSequence: 0, limit: 1_000 });
  return events.map(({ sequence }) => sequence);
}

describe('an image of a ledger', () => {
  it('has everything but the history, in pages', async () => {
    const ledger = await openWithHistory();
    const leases = Array.from({ length: 3_000 }, (_, number) => makeLease(number + 10));
    await ledger.append(...leases.map(granted), {
      type: 'usage',
      after: makeSession(5, { endedAtMs: nowMs }),
    });
    const image = await readWhole(ledger.store);
    const stored = await readLedger(ledger.store);
    expect(image.position).toEqual(positionOf(2));
    expect(image.ledger).toEqual(stored.ledger);
    expect(image.ledger.leases).toHaveLength(3_001);
    expect(image.ledger.ended.map(({ leaseId }) => leaseId)).toEqual([makeSession(5).leaseId]);
    expect(image.pages.length).toBeGreaterThan(2);
    for (const bytes of image.pages) expect(bytes).toBeLessThan(257 * 1024);
  });

  it('is the ledger as it was when it was begun, whatever is written meanwhile', async () => {
    const ledger = await openWithHistory();
    const leases = Array.from({ length: 3_000 }, (_, number) => makeLease(number + 10));
    await ledger.append(...leases.map(granted));
    const before = await readLedger(ledger.store);
    const docs: string[] = [];
    let next = 0;
    for await (const part of ledger.store.readImage(ledgerId)) {
      if (part.type === 'head') expect(part.position).toEqual(positionOf(2));
      else if (part.list === 'leases') docs.push(...part.docs);
      // Those at the end are not read yet when they are returned.
      await ledger.append(ended(leases.at(-1 - next++) ?? makeLease(0)), granted(makeLease(next)));
    }
    expect(docs.map((doc) => JSON.parse(doc) as Lease)).toEqual(before.ledger.leases);
    expect((await readLedger(ledger.store)).ledger.leases).not.toEqual(before.ledger.leases);
  });

  it('is closed when it is left half-way, and others can be read', async () => {
    const ledger = await openWithHistory();
    for await (const part of ledger.store.readImage(ledgerId)) {
      expect(part.type).toBe('head');
      break;
    }
    expect((await readWhole(ledger.store)).ledger.leases).toEqual([makeLease(1)]);
  });

  it('that nobody reads any more is closed after a while', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { file } = await openWithHistory();
    const images = createImageReader(file);
    const [left, read] = [images.open(ledgerId).image, images.open(ledgerId).image];
    vi.advanceTimersByTime(59_000);
    expect(images.read(read, 1)).toMatchObject({ list: 'licenses', docs: [expect.any(String)] });
    vi.advanceTimersByTime(59_000);
    expect(images.read(read, 1)).toMatchObject({ list: 'vendors', docs: [expect.any(String)] });
    expect(images.read(read, 1)).toMatchObject({ list: 'leases', docs: [expect.any(String)] });
    expect(images.read(read, 1)).toBeNull();
    expect(() => images.read(left, 1)).toThrow('closed');
    images.closeAll();
    expect(() => images.read(read, 1)).toThrow('closed');
  });

  it('of two ledgers can be read at once', async () => {
    const ledger = await openWithHistory();
    const [first, second] = await Promise.all([readWhole(ledger.store), readWhole(ledger.store)]);
    expect(second).toEqual(first);
  });

  it('of a ledger that is not hosted is refused', async () => {
    const { store } = await openWithLedger();
    const parts = store.readImage('unknown')[Symbol.asyncIterator]();
    await expect(parts.next()).rejects.toThrow('unknown is not hosted here');
  });
});

describe('a ledger that takes an image', () => {
  it('has what is in it and nothing of what was there', async () => {
    const ledger = await openWithHistory();
    await ledger.write(
      { type: 'term', term: { number: 3, member: otherId } },
      { type: 'syncSet', members: [serverId] },
      { type: 'image', image: makeImage(9, 7), usageAfter: 2, eventsAfter: 3 },
    );
    const { store } = ledger;
    expect(await readLedger(store)).toEqual({
      id: ledgerId,
      term: { number: 3, member: otherId },
      log: { base: positionOf(40, 3, otherId), entries: [] },
      witnessed: { index: 0, term: { number: 0, member: '' } },
      syncSet: [serverId],
      ledger: makeImage(9, 7).ledger,
    });
    expect(await eventSequences(store)).toEqual([1, 2, 3]);
    const denials = await store.denials({ limit: 9 });
    expect(denials.map(({ firstAtMs }) => firstAtMs - nowMs).sort()).toEqual([1, 2]);
    expect(await store.gaps()).toEqual([
      { id: 1, ledger: ledgerId, spell: logSpell, kind: 'usage', from: 3, to: 9 },
      { id: 2, ledger: ledgerId, spell: logSpell, kind: 'events', from: 4, to: 7 },
    ]);
  });

  it('has no gap when the history is here', async () => {
    const ledger = await openWithHistory();
    await ledger.write({ type: 'image', image: makeImage(4, 4), usageAfter: 4, eventsAfter: 4 });
    expect(await ledger.store.gaps()).toEqual([]);
    expect(await eventSequences(ledger.store)).toEqual([1, 2, 3, 4]);
  });

  it('goes on from it, and remembers what had ended', async () => {
    const ledger = await openWithHistory();
    await ledger.write({ type: 'image', image: makeImage(9, 7), usageAfter: 0, eventsAfter: 0 });
    const session = makeSession(10, { leaseId: leaseIdOf(7), endedAtMs: nowMs });
    const entry = {
      ...positionOf(41, 3, otherId),
      changes: [ended(makeLease(7)), { type: 'usage' as const, after: session }],
    };
    await ledger.write({ type: 'append', entries: [entry] });
    const { ledger: loaded, log } = await readLedger(ledger.store);
    expect(loaded.leases).toEqual([makeLease(8)]);
    expect(loaded.ended.map(({ leaseId }) => leaseId)).toEqual([21, 20, 7].map(leaseIdOf));
    expect(log.entries).toEqual([entry]);
    await ledger.write({ type: 'truncate', afterIndex: 40, withdrawn: entry.changes });
    expect((await readLedger(ledger.store)).ledger).toEqual(makeImage(9, 7).ledger);
  });

  it('remembers what had ended only as long as a token of it can be valid', async () => {
    const ledger = await openWithLedger();
    await ledger.write({ type: 'image', image: makeImage(9, 7), usageAfter: 0, eventsAfter: 0 });
    const dayMs = 86_400_000;
    const later = makeMeta({ wallHighMs: nowMs + 2 * dayMs });
    const change = { type: 'meta', before: makeMeta(), after: later } as const;
    const entry = { ...positionOf(41, 3, otherId), changes: [change] };
    await ledger.write({ type: 'append', entries: [entry] });
    expect((await readLedger(ledger.store)).ledger.ended).toEqual([]);
  });

  it('is handed over piece by piece and read page by page, however large it is', async () => {
    const ledger = await openWithLedger();
    const image = makeImage(0, 0);
    image.ledger.leases = Array.from({ length: 100_000 }, (_, number) => makeLease(number));
    image.ledger.ended = Array.from({ length: 20_000 }, (_, number) => makeEnded(200_000 + number));
    image.ledger.licenses = Array.from({ length: 2_000 }, (_, number) =>
      makeInstalledLicense({ id: `licence-${number}` }),
    );
    const write = { type: 'image', image, usageAfter: 0, eventsAfter: 0 } as const;
    const ledgers = [{ ledger: ledgerId, writes: [write] }];
    const parts = [...packBatch({ ledgers, journal: [] }, [])];
    expect(parts.length).toBeGreaterThan(40);
    for (const part of parts) expect(part.length).toBeLessThan(6_100);
    await ledger.write(write);
    const { pages, ...read } = await readWhole(ledger.store);
    expect(read.ledger.leases).toHaveLength(100_000);
    expect(read.ledger.ended).toHaveLength(20_000);
    expect(read.ledger.licenses).toHaveLength(2_000);
    expect(Math.max(...pages)).toBeLessThan(257 * 1024);
  });

  it('keeps the order of what is written around it', async () => {
    const ledger = await openWithLedger();
    const image = makeImage(0, 0);
    image.ledger.leases = Array.from({ length: 10_000 }, (_, number) => makeLease(number));
    const entry = { ...positionOf(41, 3, otherId), changes: [ended(makeLease(5))] };
    const order: string[] = [];
    await Promise.all([
      ledger.append(granted(makeLease(11_000))).then(() => order.push('before')),
      ledger
        .write({ type: 'image', image, usageAfter: 0, eventsAfter: 0 })
        .then(() => order.push('image')),
      ledger.write({ type: 'append', entries: [entry] }).then(() => order.push('after')),
      ledger.addToJournal(makeEvent(1)).then(() => order.push('journal')),
    ]);
    expect(order).toEqual(['before', 'image', 'after', 'journal']);
    const { leases } = (await readLedger(ledger.store)).ledger;
    expect(leases).toEqual(image.ledger.leases.filter(({ id }) => id !== leaseIdOf(5)));
  });
});

describe('missing history', () => {
  /** A ledger that lacks usage 3 to 9 and timeline entries 4 to 7. */
  async function openWithGaps(): Promise<LedgerStore> {
    const ledger = await openWithHistory();
    await ledger.write({ type: 'image', image: makeImage(9, 7), usageAfter: 2, eventsAfter: 3 });
    return ledger;
  }

  const textsOf = (rows: object[]) => rows.map((row) => JSON.stringify(row));

  it('is filled from its beginning until the gap is closed', async () => {
    const { store } = await openWithGaps();
    const some = textsOf([makeEvent(4), makeEvent(6)]);
    const events = await store.fillHistory({ gap: 2, docs: some, from: 4, upTo: 6 });
    expect(events.map(({ sequence, local }) => [sequence, local])).toEqual([
      [4, 5],
      [6, 6],
    ]);
    expect(await store.gaps()).toMatchObject([{ id: 1 }, { id: 2, from: 7, to: 7 }]);
    const usage = textsOf([makeSession(3), makeDenial(9)]);
    expect(await store.fillHistory({ gap: 1, docs: usage, from: 3, upTo: 9 })).toEqual([]);
    await store.fillHistory({ gap: 2, docs: [], from: 7, upTo: 7 });
    expect(await store.gaps()).toEqual([]);
    const span = { fromMs: 0, toMs: nowMs * 2, afterSequence: 4, limit: 9 };
    expect(await store.usageRecords(span)).toEqual([
      { ...makeSession(3), sequence: 5 },
      { ...makeDenial(9), sequence: 6 },
    ]);
  });

  it('is still missing after a restart', async () => {
    const { store, file } = await openWithGaps();
    const gaps = await store.gaps();
    await store.close();
    expect((await openTestStore(file).load(serverId)).gaps).toEqual(gaps);
    expect(gaps).toHaveLength(2);
  });

  it.each([
    ['is no JSON', { gap: 2, docs: ['{'], from: 4, upTo: 7 }],
    ['is a row of another kind', { gap: 1, docs: textsOf([makeEvent(4)]), from: 3, upTo: 9 }],
    ['is before the gap', { gap: 2, docs: textsOf([makeEvent(3)]), from: 3, upTo: 7 }],
    [
      'is before what it is said to be',
      { gap: 2, docs: textsOf([makeEvent(4)]), from: 5, upTo: 7 },
    ],
    ['is after what it is said to be', { gap: 2, docs: textsOf([makeEvent(6)]), from: 4, upTo: 5 }],
    ['is after the gap', { gap: 2, docs: [], from: 4, upTo: 8 }],
    ['ends before it begins', { gap: 2, docs: [], from: 6, upTo: 5 }],
  ])('that %s is refused and nothing written', async (_name, query) => {
    const { store } = await openWithGaps();
    const gaps = await store.gaps();
    await expect(store.fillHistory(query)).rejects.toMatchObject({ name: 'HistoryUnreadable' });
    expect(await store.gaps()).toEqual(gaps);
    expect(await eventSequences(store)).toEqual([1, 2, 3]);
  });

  it('that was asked for before another image is not taken', async () => {
    const ledger = await openWithGaps();
    const { store } = ledger;
    await ledger.write({ type: 'image', image: makeImage(9, 6), usageAfter: 5, eventsAfter: 5 });
    const late = { gap: 2, docs: textsOf([makeEvent(4)]), from: 4, upTo: 7 };
    expect(await store.fillHistory(late)).toEqual([]);
    expect(await store.gaps()).toEqual([
      { id: 3, ledger: ledgerId, spell: logSpell, kind: 'usage', from: 3, to: 5 },
      { id: 4, ledger: ledgerId, spell: logSpell, kind: 'events', from: 4, to: 5 },
      { id: 5, ledger: ledgerId, spell: logSpell, kind: 'usage', from: 6, to: 9 },
      { id: 6, ledger: ledgerId, spell: logSpell, kind: 'events', from: 6, to: 6 },
    ]);
  });

  it('is handed on up to the next gap and to what is durable', async () => {
    const ledger = await openWithGaps();
    const { store } = ledger;
    const read = (after: number, upTo: number, limit = 9) =>
      store.readHistory({ ledger: ledgerId, spell: logSpell, kind: 'events', after, upTo, limit });
    expect(await read(0, 7)).toEqual({
      docs: textsOf([1, 2, 3].map((n) => makeEvent(n))),
      from: 1,
      upTo: 3,
    });
    expect(await read(1, 7, 1)).toEqual({ docs: textsOf([makeEvent(2)]), from: 2, upTo: 2 });
    expect(await read(3, 7)).toEqual({ docs: [], from: 4, upTo: 3 });
    await store.fillHistory({ gap: 2, docs: textsOf([makeEvent(5)]), from: 5, upTo: 6 });
    expect(await store.gaps()).toMatchObject([{ id: 1 }, { from: 4, to: 4 }, { from: 7, to: 7 }]);
    // What nobody has is passed over.
    expect(await read(3, 99)).toEqual({ docs: textsOf([makeEvent(5)]), from: 5, upTo: 6 });
    await store.fillHistory({ gap: 2, docs: [], from: 4, upTo: 4 });
    expect(await read(0, 2)).toMatchObject({ upTo: 2 });
    const span = { spell: logSpell, kind: 'usage' as const, after: 2, upTo: 9, limit: 9 };
    const unknown = { ledger: 'unknown', ...span };
    expect(await store.readHistory(unknown)).toEqual({ docs: [], from: 3, upTo: 2 });
  });
});
