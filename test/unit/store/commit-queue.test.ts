import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { storeFault } from '../../../src-main/node/store/store-fault.ts';
import { CommitQueue } from '../../../src-main/node/store/commit-queue.ts';
import { StoreUnavailable } from '../../../src-main/node/store/store.ts';
import { HeldStore } from '../../support/held-store.ts';
import { makeEvent, makeStoredReplica, otherId, serverId } from '../../support/records.ts';
import { settleTurns } from '../../support/solo-ledger.ts';

let store: HeldStore;
let queue: CommitQueue;
let failed: [string, number][];
let done: string[];
let faults: unknown[];
let recoveries: number;
let unwritable: number;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  store = new HeldStore();
  failed = [];
  done = [];
  faults = [];
  recoveries = 0;
  unwritable = 0;
  queue = new CommitQueue({
    store,
    log: { error: (...all) => void faults.push(all), info: () => undefined },
    onFailed: (ledger, number) => void failed.push([ledger, number]),
    onUnwritable: () => unwritable++,
    onRecovered: () => recoveries++,
    onEvents: () => undefined,
    onChange: () => undefined,
  });
  for (const id of ['a', 'b']) {
    const stored = makeStoredReplica();
    queue.persist(id, 0, [{ type: 'createLedger', stored }], () => undefined);
  }
  await queue.settled();
});

afterEach(() => {
  queue.stop();
  vi.useRealTimers();
});

function write(ledger: string, number: number): void {
  const term = { number, member: serverId };
  queue.persist(ledger, number, [{ type: 'term', term }], () => done.push(`${ledger}${number}`));
}

describe('writes', () => {
  it('are counted by their changes, of a log as of rows', async () => {
    const before = queue.figures.changeCount;
    const changes = [makeEvent(1), makeEvent(2)].map(
      (after) => ({ type: 'event', after }) as const,
    );
    const position = { index: 1, term: { number: 1, member: serverId } };
    queue.persist('a', 1, [{ type: 'rows', changes, gaps: [] }], () => undefined);
    queue.persist(
      'b',
      1,
      [{ type: 'append', entries: [{ ...position, changes }] }],
      () => undefined,
    );
    await queue.settled();
    expect(queue.figures.changeCount - before).toBe(4);
  });

  it('of several ledgers share a batch, and each goes on in its own order', async () => {
    const before = store.batches.length;
    write('a', 1);
    write('b', 1);
    write('a', 2);
    await queue.settled();
    expect(store.batches).toHaveLength(before + 1);
    expect(
      store.batches.at(-1)?.ledgers.map(({ ledger, writes }) => [ledger, writes.length]),
    ).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    expect(done).toEqual(['a1', 'b1', 'a2']);
  });

  it('are given while the ones before are written, two batches at most', async () => {
    store.holding = true;
    for (let number = 1; number <= 4; number++) {
      write('a', number);
      await settleTurns();
    }
    expect([store.heldCount, queue.isReady]).toEqual([2, false]);
    const ready = vi.fn();
    queue.onReady(ready);
    store.finishNext();
    await settleTurns();
    expect(ready).toHaveBeenCalledOnce();
    store.holding = false;
    while (store.heldCount > 0) store.finishNext();
    await queue.settled();
    expect(done).toEqual(['a1', 'a2', 'a3', 'a4']);
  });

  it('hold back what depends on them and nothing of other ledgers', async () => {
    store.holding = true;
    write('a', 1);
    await settleTurns();
    queue.whenDurable('a', () => done.push('sent by a'));
    queue.whenDurable('b', () => done.push('sent by b'));
    expect(done).toEqual(['sent by b']);
    write('a', 2);
    queue.whenDurable('a', () => done.push('sent later'));
    store.holding = false;
    store.finishNext();
    await queue.settled();
    expect(done).toEqual(['sent by b', 'a1', 'sent by a', 'a2', 'sent later']);
  });
});

describe('a failure', () => {
  it('takes back everything since the write that failed, ledger by ledger', async () => {
    store.holding = true;
    write('a', 1);
    await settleTurns();
    write('b', 7);
    await settleTurns();
    write('a', 2);
    store.holding = false;
    store.failNext('the disk is full');
    await expect(queue.settled()).rejects.toThrow(StoreUnavailable);
    await settleTurns();
    expect(failed).toEqual([
      ['a', 1],
      ['b', 7],
    ]);
    expect(done).toEqual([]);
    expect(queue.failure).toBe('the disk is full');
  });

  it('lets what is given meanwhile fail too, after the caller has gone on', async () => {
    store.broken = 'the disk is full';
    write('a', 1);
    await settleTurns();
    write('a', 2);
    expect(failed).toEqual([['a', 1]]);
    await settleTurns();
    expect(failed).toEqual([
      ['a', 1],
      ['a', 2],
    ]);
  });

  it('is tried again until it is over', async () => {
    store.broken = 'the disk is full';
    write('a', 1);
    await settleTurns();
    store.broken = 'it is read-only';
    await vi.advanceTimersByTimeAsync(2_000);
    expect([queue.failure, recoveries]).toEqual(['it is read-only', 0]);
    store.broken = undefined;
    await vi.advanceTimersByTimeAsync(1_000);
    expect([queue.failure, recoveries]).toEqual([undefined, 1]);
    write('a', 3);
    await queue.settled();
    expect(done).toEqual(['a3']);
  });

  it('that others found concerns every ledger, when it lasts', async () => {
    vi.spyOn(store, 'probe').mockRejectedValueOnce(new StoreUnavailable('ledger.db was cut short'));
    queue.noteFailure(new StoreUnavailable('ledger.db was cut short'));
    expect([failed, unwritable]).toEqual([[], 0]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([queue.failure, unwritable]).toEqual(['ledger.db was cut short', 1]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([queue.failure, recoveries]).toEqual([undefined, 1]);
  });

  it('that nobody expected is in the log and hides its cause from admins', async () => {
    vi.spyOn(store, 'commit').mockRejectedValueOnce(new TypeError('x is not a function'));
    write('a', 1);
    await settleTurns();
    expect(queue.failure).toBe(storeFault);
    expect(faults.flat()).toContainEqual(expect.any(TypeError));
  });

  it('loses no entry of a journal, up to a number', async () => {
    store.broken = 'the disk is full';
    queue.addToJournal([makeEvent(1, { server: otherId })]);
    await settleTurns();
    for (let sequence = 2; sequence <= 1_003; sequence++) {
      queue.addToJournal([makeEvent(sequence, { server: otherId })]);
    }
    store.broken = undefined;
    await vi.advanceTimersByTimeAsync(1_000);
    await queue.settled();
    const kept = store.disk.events.map(({ sequence }) => sequence);
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([1_000, 4, 1_003]);
  });

  it('ends with a stop', async () => {
    store.broken = 'the disk is full';
    write('a', 1);
    await settleTurns();
    queue.stop();
    store.broken = undefined;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(recoveries).toBe(0);
  });
});
