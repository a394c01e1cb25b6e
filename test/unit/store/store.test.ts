import { describe, expect, it } from 'vitest';
import { serverIdOf } from '../../../src-main/node/identity/server-id.ts';
import { verifyToken } from '../../../src-main/node/identity/verify-token.ts';
import type { TokenClaims } from '../../../src-shared/contract/client-api.ts';
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
  makeStoredReplica,
  nowMs,
  logConfig,
  otherId,
  otherLogConfig,
  positionOf,
  serverId,
  vendor,
} from '../../support/records.ts';
import {
  copyAfterCrash,
  ledgerId,
  openTestStore,
  openWithLedger,
  readLedger,
  signingKey,
} from '../../support/store.ts';

const hourMs = 3_600_000;

function makeClaims(number: number): TokenClaims {
  return {
    iss: serverIdOf(signingKey.publicKey),
    ledger: ledgerId,
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
      ledgers: [],
      takenOut: {},
      journal: {},
      recentEvents: [],
      gaps: [],
      boot: null,
    };
    expect(await openTestStore().load(serverId)).toEqual(empty);
  });

  it('hands back after a restart what was committed', async () => {
    const ledger = await openWithLedger();
    const lease = makeLease(1, { borrowUntilMs: nowMs + hourMs });
    const license = makeInstalledLicense();
    const meta = makeMeta({ term: 7, overdraft: { units: 2, sinceMs: nowMs } });
    const entries = [
      ledger.nextEntry(
        { type: 'license', before: null, after: license },
        { type: 'vendor', before: null, after: vendor },
        granted(lease),
        granted(makeLease(2)),
        { type: 'event', after: makeEvent(1, { license: 'acme-cad' }) },
        { type: 'usage', after: makeSession(1) },
        { type: 'usage', after: makeDenial(2) },
        { type: 'meta', before: makeMeta(), after: makeMeta({ term: 6 }) },
        { type: 'config', before: logConfig, after: otherLogConfig },
        { type: 'meta', before: makeMeta({ term: 6 }), after: meta },
      ),
      ledger.nextEntry(ended(makeLease(2))),
    ];
    await ledger.write(
      { type: 'term', term: { number: 7, member: serverId } },
      { type: 'syncSet', members: [serverId, otherId] },
      { type: 'append', entries },
      { type: 'position', position: positionOf(9) },
    );
    await ledger.store.close();
    expect(await openTestStore(ledger.file).load(serverId)).toEqual({
      ledgers: [
        {
          id: ledgerId,
          term: { number: 7, member: serverId },
          log: { base: makeStoredReplica().log.base, entries },
          witnessed: positionOf(9),
          syncSet: [serverId, otherId],
          ledger: makeStoredLedger({
            meta,
            config: otherLogConfig,
            leases: [lease],
            licenses: [license],
            vendors: [vendor],
            ended: [
              { leaseId: makeSession(1).leaseId, untilMs: makeSession(1).endedAtMs + 86_400_000 },
            ],
          }),
        },
      ],
      journal: {},
      boot: null,
      recentEvents: [{ ...makeEvent(1, { license: 'acme-cad' }), local: 1, ledger: ledgerId }],
      gaps: [],
      takenOut: {},
    });
  });

  it('begins a ledger with what it is given', async () => {
    const store = openTestStore();
    await store.load(serverId);
    const stored = makeStoredReplica({
      term: { number: 3, member: otherId },
      log: { base: positionOf(4), entries: [{ ...positionOf(5), changes: [] }] },
      witnessed: positionOf(2),
      syncSet: [otherId],
      ledger: makeStoredLedger({
        meta: makeMeta(),
        leases: [makeLease(1), makeLease(2)],
        licenses: [makeInstalledLicense()],
        vendors: [vendor],
        ended: [makeEnded(8), makeEnded(7)],
      }),
    });
    const writes = [{ type: 'createLedger', stored }] as const;
    await store.commit({ ledgers: [{ ledger: ledgerId, writes }], journal: [] });
    expect(await readLedger(store)).toEqual({ id: ledgerId, ...stored });
  });

  it('remembers an end as long as the token of a borrow runs, without its usage', async () => {
    const ledger = await openWithLedger();
    const borrowed = { borrowed: true, endedAtMs: nowMs, tokensEndMs: nowMs + 480 * hourMs };
    const changes = [
      { type: 'meta', before: makeMeta(), after: makeMeta({ wallHighMs: nowMs + 240 * hourMs }) },
      { type: 'usage', after: makeSession(1, borrowed) },
    ] as const;
    await ledger.append(...changes);
    await ledger.store.pruneHistory(nowMs + hourMs);
    const { ended } = (await readLedger(ledger.store)).ledger;
    expect(ended).toEqual([{ leaseId: leaseIdOf(1), untilMs: borrowed.tokensEndMs }]);
  });

  it('remembers leases that were returned or released, and not those that ran out', async () => {
    const ledger = await openWithLedger();
    await ledger.append(
      { type: 'meta', before: makeMeta(), after: makeMeta({ wallHighMs: nowMs }) },
      { type: 'usage', after: makeSession(1, { endedAtMs: nowMs - 2 }) },
      { type: 'usage', after: makeSession(2, { endedAtMs: nowMs - 1, end: 'expired' }) },
      { type: 'usage', after: makeSession(3, { endedAtMs: nowMs, end: 'released' }) },
      { type: 'usage', after: makeSession(4, { endedAtMs: nowMs - 48 * hourMs }) },
    );
    const loaded = await readLedger(ledger.store);
    expect(loaded.ledger.ended.map(({ leaseId }) => leaseId)).toEqual(
      [1, 3].map((n) => makeSession(n).leaseId),
    );
  });

  it('drops licences and vendors', async () => {
    const ledger = await openWithLedger();
    const license = makeInstalledLicense();
    await ledger.append(
      { type: 'license', before: null, after: license },
      { type: 'vendor', before: null, after: vendor },
    );
    await ledger.append(
      { type: 'license', before: license, after: null },
      { type: 'vendor', before: vendor, after: null },
    );
    expect((await readLedger(ledger.store)).ledger).toMatchObject({ licenses: [], vendors: [] });
  });

  it('signs tokens in the order of their claims', async () => {
    const store = openTestStore();
    await store.load(serverId);
    const claims = [makeClaims(1), makeClaims(2)];
    const tokens = await store.sign(claims);
    const verified = await Promise.all(
      tokens.map((token) => verifyToken(token, signingKey.publicKey)),
    );
    expect(verified).toEqual(claims);
  });

  it('hands back more leases than a page, and a log longer than one', async () => {
    const ledger = await openWithLedger();
    const leases = Array.from({ length: 10_001 }, (_, number) =>
      makeLease(number, {
        holder: { instance: `i${number}`, user: 'anna', host: 'h', app: 'cad' },
      }),
    );
    const entries = [0, 1, 2, 3, 4].map((part) =>
      ledger.nextEntry(...leases.slice(part * 2_001, (part + 1) * 2_001).map(granted)),
    );
    await ledger.write({ type: 'append', entries });
    const loaded = await readLedger(ledger.store);
    expect(loaded.ledger.leases).toEqual(leases);
    expect(loaded.log.entries).toEqual(entries);
  });
});

describe('after a crash', () => {
  it('everything that was committed is there', async () => {
    const ledger = await openWithLedger();
    for (let number = 1; number <= 20; number++) {
      await ledger.append(granted(makeLease(number)), {
        type: 'event',
        after: makeEvent(number),
      });
    }
    await ledger.addToJournal(makeEvent(3, { server: otherId }));
    const before = await ledger.store.load(serverId);
    const reopened = openTestStore(copyAfterCrash(ledger.file));
    expect(await reopened.load(serverId)).toEqual(before);
    expect(before.ledgers[0]?.log.entries).toHaveLength(20);
  });

  it('a batch under way is there as a whole or not at all', async () => {
    const ledger = await openWithLedger();
    const leases = Array.from({ length: 3_000 }, (_, number) => makeLease(number));
    const writing = ledger.append(...leases.map(granted), { type: 'event', after: makeEvent(1) });
    const copies: string[] = [];
    let done = false;
    void writing.then(() => (done = true));
    while (!done) {
      copies.push(copyAfterCrash(ledger.file));
      await new Promise(setImmediate);
    }
    copies.push(copyAfterCrash(ledger.file));
    // Each is opened once; most of them are the same.
    for (const copy of [...copies.slice(0, 5), ...copies.slice(-3)]) {
      const store = openTestStore(copy);
      const loaded = await readLedger(store);
      expect([0, 3_000]).toContain(loaded.ledger.leases.length);
      expect(loaded.log.entries).toHaveLength(loaded.ledger.leases.length / 3_000);
    }
    expect((await readLedger(openTestStore(copyAfterCrash(ledger.file)))).log.entries).toHaveLength(
      1,
    );
  });
});
