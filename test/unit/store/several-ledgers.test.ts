import { describe, expect, it } from 'vitest';
import {
  ended,
  granted,
  makeEvent,
  makeLease,
  makeMeta,
  makeStoredReplica,
  positionOf,
  serverId,
} from '../../support/records.ts';
import { ledgerId, openTestStore, openWithLedger, readLedger } from '../../support/store.ts';

describe('several ledgers in the store', () => {
  it('have leases, logs and numbers of their own', async () => {
    const store = openTestStore();
    await store.load(serverId);
    const ids = ['one', 'two'];
    const event = { type: 'event', after: makeEvent(1) } as const;
    for (const ledger of ids) {
      const entry = { ...positionOf(1), changes: [granted(makeLease(1)), event] };
      const { events } = await store.commit({
        ledgers: [
          {
            ledger,
            writes: [
              { type: 'createLedger', stored: makeStoredReplica() },
              { type: 'append', entries: [entry] },
            ],
          },
        ],
        journal: [],
      });
      expect(events).toEqual([{ ...event.after, ledger, local: ids.indexOf(ledger) + 1 }]);
    }
    const writes = [
      { type: 'append', entries: [{ ...positionOf(2), changes: [ended(makeLease(1))] }] } as const,
    ];
    await store.commit({ ledgers: [{ ledger: 'two', writes }], journal: [] });
    const [one, two] = (await store.load(serverId)).ledgers;
    expect([one?.id, one?.ledger.leases]).toEqual(['one', [makeLease(1)]]);
    expect([two?.id, two?.ledger.leases]).toEqual(['two', []]);
  });

  it('can be dropped, with their history kept, and begun again', async () => {
    const ledger = await openWithLedger();
    const { store } = ledger;
    await ledger.append(
      granted(makeLease(1)),
      { type: 'event', after: makeEvent(1) },
      { type: 'meta', before: makeMeta(), after: makeMeta() },
    );
    await ledger.write({ type: 'dropLedger' });
    expect(await store.load(serverId)).toMatchObject({
      ledgers: [],
      recentEvents: [{ sequence: 1, ledger: ledgerId }],
    });
    await ledger.write({ type: 'createLedger', stored: makeStoredReplica() });
    expect(await readLedger(store)).toEqual({ id: ledgerId, ...makeStoredReplica() });
  });

  it('are remembered by the version that took this server out, until they are begun again', async () => {
    const ledger = await openWithLedger();
    const { store } = ledger;
    await ledger.write({ type: 'dropLedger', takenOutIn: 7 });
    expect((await store.load(serverId)).takenOut).toEqual({ [ledgerId]: 7 });
    await ledger.write({ type: 'createLedger', stored: makeStoredReplica() });
    expect((await store.load(serverId)).takenOut).toEqual({});
    await ledger.write({ type: 'dropLedger' });
    expect((await store.load(serverId)).takenOut).toEqual({});
  });

  it('cannot be written when they are not hosted, nor begun twice', async () => {
    const ledger = await openWithLedger();
    const { store } = ledger;
    const term = { type: 'term', term: { number: 1, member: serverId } } as const;
    const unknown = { ledgers: [{ ledger: 'unknown', writes: [term] }], journal: [] };
    await expect(store.commit(unknown)).rejects.toMatchObject({
      name: 'StoreUnavailable',
      cause: { message: expect.stringContaining('not hosted here') as string },
    });
    await store.probe();
    const again = { type: 'createLedger', stored: makeStoredReplica() } as const;
    await expect(ledger.write(again)).rejects.toMatchObject({
      cause: { message: expect.stringContaining('already') as string },
    });
  });
});
