import { describe, expect, it } from 'vitest';
import {
  granted,
  leaseIdOf,
  makeDenial,
  makeEvent,
  makeLease,
  makeSession,
  makeStoredReplica,
  nowMs,
  otherId,
  positionOf,
  serverId,
} from '../../support/records.ts';
import { describeActor } from '../../../src-shared/view/describe-actor.ts';
import { openWithLedger, readLedger } from '../../support/store.ts';

const hourMs = 3_600_000;
const allEvents = { search: '', limit: 100 };

describe('the timeline in the store', () => {
  const kinds = { 1: 'serverStarted', 2: 'licenseInstalled', 3: 'seatsExhausted' } as const;

  async function openWithEvents() {
    const ledger = await openWithLedger();
    const events = ([1, 2, 3] as const).map((sequence) =>
      makeEvent(sequence, {
        kind: kinds[sequence],
        severity: sequence === 3 ? 'warning' : 'info',
        server: sequence === 1 ? otherId : serverId,
        ...(sequence === 2 ? { license: 'acme-cad', message: 'Überprüft 100%' } : {}),
      }),
    );
    await ledger.append(...events.map((after) => ({ type: 'event', after }) as const));
    return ledger.store;
  }

  it.each([
    ['the newest first', {}, [3, 2, 1]],
    ['those after one, in order', { afterSequence: 1 }, [2, 3]],
    ['those before one', { beforeSequence: 3 }, [2, 1]],
    ['as many as asked for', { limit: 1 }, [3]],
    ['by severity', { severities: ['warning' as const] }, [3]],
    ['none without a severity', { severities: [] }, []],
    ['by the server that recorded it', { server: otherId }, [1]],
    ['by text, whatever its case', { search: 'EVENT' }, [3, 1]],
    ['by a text with wildcards', { search: 'überprüft 100%' }, [2]],
    ['by licence', { search: 'acme' }, [2]],
    ['by kind', { search: 'exhausted' }, [3]],
  ])('finds %s', async (_name, query, sequences) => {
    const store = await openWithEvents();
    const events = await store.events({ ...allEvents, ...query });
    expect(events.map(({ sequence }) => sequence)).toEqual(sequences);
  });
});

it('the timeline has entries of versions that knew no actor, as they are', async () => {
  const ledger = await openWithLedger();
  const { actor: _, ...old } = makeEvent(1);
  const actor = { kind: 'admin', name: 'root', server: serverId } as const;
  await ledger.append({ type: 'event', after: old });
  await ledger.append({ type: 'event', after: makeEvent(2, { actor }) });
  const [newer, older] = await ledger.store.events(allEvents);
  expect(newer?.actor).toEqual(actor);
  expect(older).not.toHaveProperty('actor');
  expect(describeActor(older?.actor, () => 'here')).toBe('');
  expect(describeActor(newer?.actor, () => 'here')).toBe('root at here');
});

describe('usage in the store', () => {
  const dayMs = 24 * hourMs;

  it('pages through records in a span of time', async () => {
    const ledger = await openWithLedger();
    const { store } = ledger;
    const records = [1, 2, 3].map((sequence) => makeSession(sequence));
    const later = makeSession(4, { startedAtMs: nowMs + dayMs, endedAtMs: nowMs + 2 * dayMs });
    for (const after of [...records, later]) await ledger.append({ type: 'usage', after });
    const span = { fromMs: nowMs, toMs: nowMs + hourMs };
    expect(await store.usageRecords({ ...span, afterSequence: 1, limit: 10 })).toEqual(
      records.slice(1),
    );
    expect(await store.usageRecords({ ...span, afterSequence: 0, limit: 2 })).toHaveLength(2);
  });

  it('has a record once, with its number, however often it is written', async () => {
    const ledger = await openWithLedger();
    const { store } = ledger;
    for (const after of [makeDenial(7), makeDenial(8), makeDenial(7)]) {
      await ledger.append({ type: 'usage', after });
    }
    const span = { fromMs: 0, toMs: nowMs + hourMs, afterSequence: 0, limit: 10 };
    expect(await store.usageRecords(span)).toEqual([
      makeDenial(7, { sequence: 1 }),
      makeDenial(8, { sequence: 2 }),
    ]);
  });

  it('lists denials by licence, the newest first', async () => {
    const ledger = await openWithLedger();
    const { store } = ledger;
    const denials = [1, 2, 3].map((sequence) =>
      makeDenial(sequence, {
        lastAtMs: nowMs + sequence,
        licenseId: sequence === 2 ? 'other' : 'acme-cad',
      }),
    );
    for (const after of denials) await ledger.append({ type: 'usage', after });
    const found = await store.denials({ license: 'acme-cad', limit: 10 });
    expect(found.map(({ sequence }) => sequence)).toEqual([3, 1]);
  });

  it('reports sessions, leases that are out, and which denials were false', async () => {
    const ledger = await openWithLedger();
    const { store } = ledger;
    const minuteMs = 60_000;
    const soon = makeDenial(1, { user: 'carl', host: 'pc-3', count: 2 });
    const never = makeDenial(2, { user: 'dora', host: 'pc-4' });
    const holding = makeDenial(3, { user: 'emil', host: 'pc-5' });
    const got = makeSession(4, {
      user: 'carl',
      host: 'pc-3',
      startedAtMs: nowMs + 4 * minuteMs,
      endedAtMs: nowMs + 34 * minuteMs,
    });
    const out = makeLease(9, {
      units: 2,
      grantedAtMs: nowMs + 5 * minuteMs,
      holder: { instance: 'i', user: 'emil', host: 'pc-5' },
    });
    for (const after of [soon, never, holding, got]) await ledger.append({ type: 'usage', after });
    await ledger.append(granted(out));
    const toMs = nowMs + 65 * minuteMs;
    const report = await store.usageReport({
      fromMs: nowMs,
      toMs,
      licenseUnits: { 'acme-cad': 3 },
    });
    expect(report.summaries).toEqual([
      expect.objectContaining({
        license: 'acme-cad',
        units: 3,
        sessions: 2,
        unitHours: 2.5,
        peakUnits: 3,
        trueDenials: 1,
        falseDenials: 3,
      }),
    ]);
    expect(report.holders.map(({ user }) => user)).toEqual(['emil', 'carl', 'dora']);
    const denials = await store.denials({ limit: 9 });
    expect(new Map(denials.map(({ user, grantedSoon }) => [user, grantedSoon]))).toEqual(
      new Map([
        ['carl', true],
        ['dora', false],
        ['emil', true],
      ]),
    );
  });

  it('drops records that ended before an instant, in portions', async () => {
    const ledger = await openWithLedger();
    const { store } = ledger;
    const old = Array.from({ length: 4_100 }, (_, index) => ({
      type: 'usage' as const,
      after:
        index % 2 === 0
          ? makeSession(index + 1)
          : makeDenial(index + 1, { lastAtMs: nowMs + hourMs }),
    }));
    const kept = makeSession(9_000, { endedAtMs: nowMs + 2 * hourMs });
    await ledger.append(...old, { type: 'usage', after: kept });
    expect(await store.pruneHistory(nowMs + hourMs + 1)).toMatchObject({ pruned: 4_100 });
    const span = { fromMs: 0, toMs: nowMs + dayMs, afterSequence: 0, limit: 10 };
    expect(await store.usageRecords(span)).toEqual([{ ...kept, sequence: 4_101 }]);
  });
});

describe('one timeline', () => {
  it('has the entries of every ledger and journal in the order of their arrival', async () => {
    const ledger = await openWithLedger();
    const { store } = ledger;
    const journal = [makeEvent(1, { server: otherId }), makeEvent(2, { server: otherId })];
    const writes = [
      { type: 'createLedger', stored: makeStoredReplica() } as const,
      {
        type: 'append',
        entries: [ledger.nextEntry({ type: 'event', after: makeEvent(1) })],
      } as const,
    ];
    const { events } = await store.commit({ ledgers: [{ ledger: 'another', writes }], journal });
    expect(events).toEqual([
      { ...makeEvent(1), local: 1, ledger: 'another' },
      { ...makeEvent(1, { server: otherId }), local: 2, ledger: null },
      { ...makeEvent(2, { server: otherId }), local: 3, ledger: null },
    ]);
    const own = await ledger.addToJournal(makeEvent(1));
    expect(own.events).toEqual([{ ...makeEvent(1), local: 4, ledger: null }]);
    expect(await store.events(allEvents)).toEqual([...own.events, ...events.toReversed()]);
    const { journal: highest } = await store.load(serverId);
    expect(highest).toEqual({ [otherId]: 2, [serverId]: 1 });
  });

  it('takes an entry once, however often it comes', async () => {
    const ledger = await openWithLedger();
    const sent = [3, 1, 3].map((sequence) => makeEvent(sequence, { server: otherId }));
    const first = await ledger.addToJournal(...sent);
    expect(first.events.map(({ sequence }) => sequence)).toEqual([3, 1]);
    expect((await ledger.addToJournal(...sent)).events).toEqual([]);
    const { store } = ledger;
    const found = await store.readJournal({ server: otherId, after: 1, limit: 9 });
    expect(found).toEqual([makeEvent(3, { server: otherId })]);
    expect(await store.readJournal({ server: serverId, after: 0, limit: 9 })).toEqual([]);
  });
});

describe('usage of several ledgers', () => {
  it('is one list and one report', async () => {
    const ledger = await openWithLedger();
    const { store } = ledger;
    await ledger.append({ type: 'usage', after: makeSession(1) });
    const other = makeSession(1, { licenseId: 'other', leaseId: leaseIdOf(50) });
    const entry = { ...positionOf(1), changes: [{ type: 'usage', after: other } as const] };
    const writes = [
      { type: 'createLedger', stored: makeStoredReplica() } as const,
      { type: 'append', entries: [entry] } as const,
    ];
    await store.commit({ ledgers: [{ ledger: 'another', writes }], journal: [] });
    const span = { fromMs: nowMs, toMs: nowMs + hourMs };
    expect(await store.usageRecords({ ...span, afterSequence: 0, limit: 9 })).toEqual([
      makeSession(1),
      { ...other, sequence: 2 },
    ]);
    const { summaries } = await store.usageReport({ ...span, licenseUnits: {} });
    expect(summaries.map(({ license, sessions }) => [license, sessions])).toEqual([
      ['acme-cad', 1],
      ['other', 1],
    ]);
    expect((await readLedger(store)).ledger.ended).toMatchObject([{ leaseId: leaseIdOf(1) }]);
  });
});
