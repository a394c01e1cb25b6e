import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../../src-main/node/store/store.ts';
import { granted, makeEvent, makeLease, serverId } from '../../support/records.ts';
import { fillDisk, mountSmallDisk, noMounts } from '../../support/small-disk.ts';
import { ledgerId, type LedgerStore, openWithLedger, readLedger } from '../../support/store.ts';
import { skipFor } from '../../support/skip.ts';

/** An entry that no store can write, since one of its rows lacks what it must have. */
const unwritable = { type: 'event', after: { ...makeEvent(1), severity: null } } as never;

function lock(file: string): () => void {
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  return () => {
    other.exec('ROLLBACK');
    other.close();
  };
}

async function refusalOf(work: Promise<unknown>): Promise<StoreUnavailable> {
  const refused: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(refused instanceof StoreUnavailable)) throw new Error('it was not refused');
  return refused;
}

async function leaseCount({ store }: LedgerStore): Promise<number> {
  return (await readLedger(store)).ledger.leases.length;
}

describe('batches', () => {
  it('are written in their order, also when they are given before the ones before are done', async () => {
    const ledger = await openWithLedger();
    const order: number[] = [];
    const writing = Array.from({ length: 50 }, (_, number) =>
      ledger.append(granted(makeLease(number))).then(() => order.push(number)),
    );
    await Promise.all(writing);
    expect(order).toEqual(Array.from({ length: 50 }, (_, number) => number));
    expect((await readLedger(ledger.store)).log.entries).toHaveLength(50);
  });

  it('of which one part fails are not written, nor those given before that was known', async () => {
    const ledger = await openWithLedger();
    const before = ledger.append(granted(makeLease(1)));
    const failing = refusalOf(ledger.append(granted(makeLease(2)), unwritable));
    const after = refusalOf(ledger.addToJournal(makeEvent(1)));
    await before;
    expect((await failing).cause).toBeInstanceOf(Error);
    expect((await after).message).toBe((await failing).message);
    expect(await leaseCount(ledger)).toBe(1);
    expect(await ledger.store.events({ search: '', limit: 9 })).toEqual([]);
  });

  it('of which one cannot even be handed over lose none that was given before', async () => {
    const ledger = await openWithLedger();
    const order: string[] = [];
    const note = (what: string) => () => order.push(what);
    const rowless = { type: 'rows', changes: [granted(makeLease(2))], gaps: [] } as const;
    const before = ledger.append(granted(makeLease(1))).then(note('before'));
    const failing = refusalOf(ledger.write(rowless)).then(note('failing'));
    const after = refusalOf(ledger.addToJournal(makeEvent(1)));
    await Promise.all([before, failing, after]);
    expect(order).toEqual(['before', 'failing']);
    expect(await leaseCount(ledger)).toBe(1);
    await ledger.store.probe();
    await ledger.addToJournal(makeEvent(2));
  });

  it('are refused until a probe has worked', async () => {
    const ledger = await openWithLedger();
    await refusalOf(ledger.append(unwritable));
    await refusalOf(ledger.addToJournal(makeEvent(1)));
    const probing = ledger.store.probe();
    const early = refusalOf(ledger.addToJournal(makeEvent(2)));
    await probing;
    await early;
    await ledger.addToJournal(makeEvent(3));
    const events = await ledger.store.events({ search: '', limit: 9 });
    expect(events.map(({ sequence }) => sequence)).toEqual([3]);
  });

  it('that are large are given up with the ones before them', async () => {
    const ledger = await openWithLedger();
    const many = Array.from({ length: 10_000 }, (_, number) => granted(makeLease(number)));
    const failing = refusalOf(ledger.append(unwritable));
    const large = refusalOf(ledger.append(...many));
    await failing;
    await large;
    await ledger.store.probe();
    const term = { number: 9, member: serverId };
    await ledger.write({ type: 'term', term });
    expect(await readLedger(ledger.store)).toMatchObject({
      term,
      log: { entries: [] },
      ledger: { leases: [] },
    });
  });

  it('leave no trace of a ledger that they would have begun', async () => {
    const ledger = await openWithLedger();
    const { stored } = { stored: await readLedger(ledger.store) };
    const writes = [
      { type: 'createLedger', stored } as const,
      { type: 'append', entries: [ledger.nextEntry(unwritable)] } as const,
    ];
    const batch = { ledgers: [{ ledger: 'another', writes }], journal: [] };
    await refusalOf(ledger.store.commit(batch));
    await ledger.store.probe();
    await ledger.store.commit({
      ledgers: [{ ledger: 'another', writes: writes.slice(0, 1) }],
      journal: [],
    });
    const { ledgers } = await ledger.store.load(serverId);
    expect(ledgers.map(({ id }) => id)).toEqual([ledgerId, 'another']);
  });
});

describe('a file that another program holds', () => {
  it('is said to be locked, and written again once it is free', async () => {
    const ledger = await openWithLedger();
    const unlock = lock(ledger.file);
    const refused = await refusalOf(ledger.append(granted(makeLease(1))));
    expect(refused.message).toContain('another program has locked');
    await expect(ledger.store.probe()).rejects.toThrow('another program has locked');
    unlock();
    await refusalOf(ledger.append(granted(makeLease(2))));
    await ledger.store.probe();
    await ledger.write({
      type: 'append',
      entries: [{ index: 1, term: { number: 1, member: serverId }, changes: [] }],
    });
    expect(await leaseCount(ledger)).toBe(0);
  }, 20_000);
});

describe('a disk that is full', skipFor(noMounts), () => {
  it('loses nothing that was written, and is used again once there is room', async () => {
    const folder = mountSmallDisk('size=6m');
    const ledger = await openWithLedger(join(folder, 'ledger.db'));
    await ledger.append(granted(makeLease(1)));
    const free = fillDisk(folder);
    const many = Array.from({ length: 3_000 }, (_, number) => granted(makeLease(number + 10)));
    const refused = await refusalOf(ledger.append(...many));
    expect(refused.message).toContain('is full');
    await refusalOf(ledger.addToJournal(makeEvent(1)));
    await expect(ledger.store.probe()).rejects.toMatchObject({ name: 'StoreUnavailable' });
    expect(await ledger.store.sign([])).toEqual([]);
    free();
    await ledger.store.probe();
    const { log } = await readLedger(ledger.store);
    expect(log.entries).toHaveLength(1);
    const next = { index: 2, term: { number: 1, member: serverId }, changes: many };
    await ledger.write({ type: 'append', entries: [next] });
    expect(await leaseCount(ledger)).toBe(3_001);
  });
});
