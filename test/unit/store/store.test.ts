import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { serverIdOf } from '../../../src-main/node/io/identity-id.ts';
import { verifyToken } from '../../../src-main/node/io/token.ts';
import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
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
  nowMs,
} from '../../support/records.ts';
import { commit, ledgerFile, openTestStore, signingKey } from '../../support/store.ts';

const vendor = {
  keyId: 'key-1',
  vendor: 'Acme',
  publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) },
  trustedAtMs: nowMs,
  demo: false,
} as const;

const hourMs = 3_600_000;
const allEvents = { search: '', limit: 100 };

function makeClaims(number: number): TokenClaims {
  return {
    iss: serverIdOf(signingKey.publicKey),
    ledger: 'ledger-1',
    term: 1,
    lease: leaseIdOf(number),
    license: 'acme-cad',
    feature: 'cad',
    units: 1,
    holder: `instance-${number}`,
    iat: 1_000,
    exp: 2_000,
  };
}

describe('the store', () => {
  it('begins empty', async () => {
    const empty = {
      meta: null,
      leases: [],
      licenses: [],
      vendors: [],
      ended: [],
      recentEvents: [],
    };
    expect(await openTestStore().load()).toEqual(empty);
  });

  it('hands back after a restart what was committed', async () => {
    const file = ledgerFile();
    const lease = makeLease(1, { borrowUntilMs: nowMs + hourMs });
    const license = makeInstalledLicense();
    const meta = makeMeta({ term: 7 });
    const first = openTestStore(file);
    await first.load();
    await commit(
      first,
      { type: 'license', before: null, after: license },
      { type: 'vendor', before: null, after: vendor },
      granted(lease),
      granted(makeLease(2)),
      { type: 'event', after: makeEvent(1) },
      { type: 'meta', before: makeMeta(), after: makeMeta({ term: 6 }) },
      { type: 'meta', before: makeMeta(), after: meta },
    );
    await commit(first, ended(makeLease(2)));
    await first.close();
    expect(await openTestStore(file).load()).toEqual({
      meta,
      leases: [lease],
      licenses: [license],
      vendors: [vendor],
      ended: [],
      recentEvents: [makeEvent(1)],
    });
  });

  it('remembers leases that were returned or released, and not those that ran out', async () => {
    const store = openTestStore(ledgerFile());
    await store.load();
    await commit(
      store,
      { type: 'meta', before: makeMeta(), after: makeMeta({ wallHighMs: nowMs }) },
      { type: 'usage', after: makeSession(1, { endedAtMs: nowMs - 2 }) },
      { type: 'usage', after: makeSession(2, { endedAtMs: nowMs - 1, end: 'expired' }) },
      { type: 'usage', after: makeSession(3, { endedAtMs: nowMs, end: 'released' }) },
      { type: 'usage', after: makeSession(4, { endedAtMs: nowMs - 48 * hourMs }) },
    );
    await store.close();
    const loaded = await openTestStore(store.file).load();
    expect(loaded.ended).toEqual([makeSession(1).leaseId, makeSession(3).leaseId]);
  });

  it('drops licences and vendors', async () => {
    const store = openTestStore();
    await store.load();
    const license = makeInstalledLicense();
    await commit(
      store,
      { type: 'license', before: null, after: license },
      { type: 'vendor', before: null, after: vendor },
    );
    await commit(
      store,
      { type: 'license', before: license, after: null },
      { type: 'vendor', before: vendor, after: null },
    );
    expect(await store.load()).toMatchObject({ licenses: [], vendors: [] });
  });

  it('signs tokens with the batch, in its order, and without one', async () => {
    const store = openTestStore();
    await store.load();
    const claims = [makeClaims(1), makeClaims(2)];
    const { tokens } = await store.commit({ changes: [granted(makeLease(1))], claims });
    const [renewed] = await store.sign([makeClaims(3)]);
    const verified = await Promise.all(
      [...tokens, renewed ?? ''].map((token) => verifyToken(token, signingKey.publicKey)),
    );
    expect(verified).toEqual([makeClaims(1), makeClaims(2), makeClaims(3)]);
  });

  it('writes nothing of a batch of which one part fails, and goes on working', async () => {
    const store = openTestStore();
    await store.load();
    const broken = { type: 'event', after: { ...makeEvent(1), severity: null } } as never;
    await expect(commit(store, granted(makeLease(1)), broken)).rejects.toThrow();
    expect((await store.load()).leases).toEqual([]);
    await commit(store, granted(makeLease(2)));
    expect((await store.load()).leases).toEqual([makeLease(2)]);
  });

  it('says that it is unavailable while another program holds the file, and recovers', async () => {
    const store = openTestStore();
    await store.load();
    const other = new DatabaseSync(store.file);
    other.exec('BEGIN IMMEDIATE');
    const refused = await store.commit({ changes: [granted(makeLease(1))], claims: [] }).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ name: 'StoreUnavailable' });
    expect(String(refused)).toContain('another program has locked');
    other.exec('ROLLBACK');
    other.close();
    await store.probe();
    await commit(store, granted(makeLease(1)));
    expect((await store.load()).leases).toHaveLength(1);
  });
});

describe('the timeline in the store', () => {
  const kinds = { 1: 'serverStarted', 2: 'licenseInstalled', 3: 'seatsExhausted' } as const;

  async function openWithEvents() {
    const store = openTestStore();
    await store.load();
    const events = ([1, 2, 3] as const).map((sequence) =>
      makeEvent(sequence, {
        kind: kinds[sequence],
        severity: sequence === 3 ? 'warning' : 'info',
        ...(sequence === 2 ? { license: 'acme-cad', message: 'Überprüft 100%' } : {}),
      }),
    );
    await commit(store, ...events.map((after) => ({ type: 'event', after }) as const));
    return store;
  }

  it.each([
    ['the newest first', {}, [3, 2, 1]],
    ['those after one, in order', { afterSequence: 1 }, [2, 3]],
    ['those before one', { beforeSequence: 3 }, [2, 1]],
    ['as many as asked for', { limit: 1 }, [3]],
    ['by severity', { severities: ['warning' as const] }, [3]],
    ['none without a severity', { severities: [] }, []],
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

describe('usage in the store', () => {
  const dayMs = 24 * hourMs;

  it('pages through records in a span of time', async () => {
    const store = openTestStore();
    await store.load();
    const records = [1, 2, 3].map((sequence) => makeSession(sequence));
    const later = makeSession(4, { startedAtMs: nowMs + dayMs, endedAtMs: nowMs + 2 * dayMs });
    for (const after of [...records, later]) await commit(store, { type: 'usage', after });
    const span = { fromMs: nowMs, toMs: nowMs + hourMs };
    expect(await store.usageRecords({ ...span, afterSequence: 1, limit: 10 })).toEqual(
      records.slice(1),
    );
    expect(await store.usageRecords({ ...span, afterSequence: 0, limit: 2 })).toHaveLength(2);
  });

  it('keeps the newest state of a record that is written again', async () => {
    const store = openTestStore();
    await store.load();
    await commit(store, { type: 'usage', after: makeDenial(1) });
    const joined = makeDenial(1, { count: 5, lastAtMs: nowMs + 50_000 });
    await commit(store, { type: 'usage', after: joined });
    expect(await store.denials({ limit: 10 })).toEqual([joined]);
  });

  it('lists denials by licence, the newest first', async () => {
    const store = openTestStore();
    await store.load();
    const denials = [1, 2, 3].map((sequence) =>
      makeDenial(sequence, {
        lastAtMs: nowMs + sequence,
        licenseId: sequence === 2 ? 'other' : 'acme-cad',
      }),
    );
    for (const after of denials) await commit(store, { type: 'usage', after });
    const found = await store.denials({ license: 'acme-cad', limit: 10 });
    expect(found.map(({ sequence }) => sequence)).toEqual([3, 1]);
  });

  it('reports sessions, leases that are out, and which denials were false', async () => {
    const store = openTestStore();
    await store.load();
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
    for (const after of [soon, never, holding, got]) await commit(store, { type: 'usage', after });
    await commit(store, granted(out));
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
  });

  it('drops records that ended before an instant, in portions', async () => {
    const store = openTestStore();
    await store.load();
    const old = Array.from({ length: 4_100 }, (_, index) => ({
      type: 'usage' as const,
      after:
        index % 2 === 0
          ? makeSession(index + 1)
          : makeDenial(index + 1, { lastAtMs: nowMs + hourMs }),
    }));
    const kept = makeSession(9_000, { endedAtMs: nowMs + 2 * hourMs });
    await commit(store, ...old, { type: 'usage', after: kept });
    expect(await store.pruneUsage(nowMs + hourMs + 1)).toBe(4_100);
    const span = { fromMs: 0, toMs: nowMs + dayMs, afterSequence: 0, limit: 10 };
    expect(await store.usageRecords(span)).toEqual([kept]);
  });
});

describe('many leases', () => {
  it('come back complete, also when they are more than a page', async () => {
    const store = openTestStore();
    await store.load();
    const leases = Array.from({ length: 10_001 }, (_, number) =>
      makeLease(number, {
        holder: { instance: `i${number}`, user: 'anna', host: 'h', app: 'cad' },
      }),
    );
    await commit(store, ...leases.map(granted));
    expect((await store.load()).leases).toEqual(leases);
  });
});
