import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLedgerState } from '../../../src-main/node/core/ledger-start.ts';
import { type Outcome, Runner } from '../../../src-main/node/io/runner.ts';
import { HeldStore } from '../../support/held-store.ts';
import { leaseIdOf, makeInstalledLicense, nowMs } from '../../support/records.ts';

const silent = { error: () => undefined, warn: () => undefined, info: () => undefined };
const serverId = 'a1'.repeat(32);

let store: HeldStore;
let runner: Runner;
let elapsedMs: number;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'clearInterval', 'clearTimeout'] });
  elapsedMs = 0;
  store = new HeldStore();
  store.disk.licenses.set('acme-cad', makeInstalledLicense({ units: 3, ttlSeconds: 60 }));
  runner = await startRunner();
});

afterEach(() => vi.useRealTimers());

async function startRunner(waitingMax?: number): Promise<Runner> {
  const clock = () => ({ monotonicMs: 1_000 + elapsedMs, wallMs: nowMs + elapsedMs });
  const ids = { serverId, demoVendorKeyId: 'demo', newLedgerId: 'ledger-1' };
  const start = createLedgerState(
    await store.load(),
    { ...ids, startMessage: 'Started.' },
    clock(),
  );
  const limit = waitingMax === undefined ? {} : { waitingMax };
  const started = new Runner({ store, clock, log: silent, start, ...limit });
  await started.settled();
  return started;
}

/** Lets time pass on the runner's clock and on its timers. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 250) {
    elapsedMs += Math.min(left, 250);
    await vi.advanceTimersByTimeAsync(Math.min(left, 250));
  }
}

/** Everything that can happen without the store has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function checkout(number: number, instance = `instance-${number}`): Promise<Outcome> {
  const client = { instance, user: 'anna', host: 'pc-1' };
  const request = { feature: 'cad', units: 1, client };
  return runner.request({ type: 'checkoutRequested', leaseId: leaseIdOf(number), request });
}

const renew = (number: number) =>
  runner.request({ type: 'renewalRequested', leaseId: leaseIdOf(number) });
const giveBack = (number: number) =>
  runner.request({ type: 'returnRequested', leaseId: leaseIdOf(number) });

function watch(promise: Promise<Outcome>): { outcome: Outcome | undefined } {
  const seen: { outcome: Outcome | undefined } = { outcome: undefined };
  void promise.then((outcome) => (seen.outcome = outcome));
  return seen;
}

const answered = (type: string) => ({ type: 'answered', reply: { type } });

describe('answers', () => {
  it('leave only when what they say is durable', async () => {
    store.holding = true;
    const grant = watch(checkout(1));
    await settle();
    expect(grant.outcome).toBeUndefined();
    store.finishNext();
    await settle();
    expect(grant.outcome).toMatchObject(answered('leaseGranted'));
    expect(store.disk.leases.has(leaseIdOf(1))).toBe(true);
  });

  it('carry the token of their own lease', async () => {
    const outcomes = await Promise.all([checkout(1), renew(9), checkout(2), giveBack(9)]);
    const end = Math.floor((nowMs + 60_000) / 1000);
    const tokens = outcomes.map((outcome) => outcome.type === 'answered' && outcome.token);
    expect(tokens).toEqual([`${leaseIdOf(1)}@${end}`, null, `${leaseIdOf(2)}@${end}`, null]);
  });

  it('share one flush when they come while another one is under way', async () => {
    store.holding = true;
    const first = checkout(1);
    await settle();
    const others = [checkout(2), checkout(3)];
    await settle();
    expect(store.heldCount).toBe(1);
    store.holding = false;
    store.finishNext();
    await Promise.all([first, ...others]);
    const leases = store.batches
      .slice(-2)
      .map(({ changes }) => changes.filter(({ type }) => type === 'lease').length);
    expect(leases).toEqual([1, 2]);
  });

  it('about something that is being written wait for it', async () => {
    store.holding = true;
    const grant = watch(checkout(1, 'same'));
    await settle();
    const again = watch(checkout(2, 'same'));
    await settle();
    expect([grant.outcome, again.outcome]).toEqual([undefined, undefined]);
    store.finishNext();
    await settle();
    expect(again.outcome).toMatchObject({ reply: { created: false } });
  });

  it('to a renewal need a signature and no flush', async () => {
    await checkout(1);
    const flushes = store.batches.length;
    expect(await renew(1)).toMatchObject(answered('leaseRenewed'));
    expect([store.batches.length, store.signCount]).toEqual([flushes, 1]);
  });

  it('that change nothing leave at once', async () => {
    store.holding = true;
    const refused = watch(renew(77));
    await Promise.resolve();
    expect(refused.outcome).toMatchObject({ reply: { code: 'LS_NO_SUCH_LEASE' } });
  });

  it('are refused beyond a number that may wait', async () => {
    await runner.stop();
    runner = await startRunner(2);
    store.holding = true;
    const waiting = [checkout(1), checkout(2)];
    expect(await checkout(3)).toMatchObject({ type: 'unavailable', retryAfterSeconds: 1 });
    store.holding = false;
    await settle();
    store.finishNext();
    await Promise.all(waiting);
  });
});

describe('a disk that fails', () => {
  async function failUnder(...requests: (() => Promise<Outcome>)[]): Promise<Outcome[]> {
    store.holding = true;
    const first = requests[0]?.();
    await settle();
    const rest = requests.slice(1).map((request) => request());
    await settle();
    store.holding = false;
    store.failNext('the disk is full. Make room on it');
    return Promise.all([first, ...rest].filter((outcome) => outcome !== undefined));
  }

  it('takes nothing back that was told, and tells nothing that it takes back', async () => {
    await checkout(1);
    const outcomes = await failUnder(
      () => checkout(2),
      () => checkout(3),
      () => giveBack(1),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ type: 'unavailable', retryAfterSeconds: 5 });
      expect(outcome).toHaveProperty('message', expect.stringContaining('the disk is full'));
    }
    expect([...runner.state.leases.keys()]).toEqual([leaseIdOf(1)]);
    expect([...store.disk.leases.keys()]).toEqual([leaseIdOf(1)]);
  });

  it('lets leases be renewed and refuses what would have to be written', async () => {
    await checkout(1);
    const [, renewed] = await failUnder(
      () => checkout(2),
      () => renew(1),
    );
    expect(renewed).toMatchObject({ ...answered('leaseRenewed'), token: expect.any(String) });
    expect(await renew(1)).toMatchObject(answered('leaseRenewed'));
    expect(await checkout(3)).toMatchObject({ type: 'unavailable' });
    expect(await giveBack(1)).toMatchObject({ type: 'unavailable' });
    expect(runner.failure).toContain('the disk is full');
  });

  it('ends no lease while it lasts', async () => {
    await checkout(1);
    await failUnder(() => checkout(2));
    await pass(120_000);
    expect(await renew(1)).toMatchObject(answered('leaseRenewed'));
  });

  it('is tried every second, and then everything works as before', async () => {
    await checkout(1);
    await failUnder(() => checkout(2));
    await pass(3_000);
    expect(runner.failure).toBeDefined();
    store.broken = undefined;
    await pass(1_000);
    expect(runner.failure).toBeUndefined();
    expect(await checkout(2)).toMatchObject(answered('leaseGranted'));
    const kinds = [...store.disk.events.values()].map(({ kind }) => kind);
    expect(kinds).toContain('storeRecovered');
    expect(runner.figures.commitFailures).toBe(1);
  });

  it('keeps the cap when seats were taken back and granted again', async () => {
    await failUnder(
      () => checkout(1),
      () => checkout(2),
      () => checkout(3),
    );
    store.broken = undefined;
    await pass(1_000);
    const outcomes = await Promise.all([4, 5, 6, 7].map((number) => checkout(number)));
    const types = outcomes.map((outcome) => outcome.type === 'answered' && outcome.reply.type);
    expect(types).toEqual(['leaseGranted', 'leaseGranted', 'leaseGranted', 'refused']);
    expect(store.disk.leases.size).toBe(3);
  });
});

describe('the clock', () => {
  it('ends leases that are not renewed', async () => {
    await checkout(1);
    await pass(59_000);
    expect(store.disk.leases.size).toBe(1);
    await pass(2_000);
    await settle();
    expect(store.disk.leases.size).toBe(0);
  });
});

describe('an orderly stop', () => {
  it('answers what waits, writes what is only in memory and takes nothing more', async () => {
    store.holding = true;
    const grant = watch(checkout(1));
    await settle();
    const stopped = runner.stop();
    store.holding = false;
    store.finishNext();
    await stopped;
    expect(grant.outcome).toMatchObject(answered('leaseGranted'));
    expect([...store.disk.events.values()].at(-1)).toMatchObject({ kind: 'serverStopped' });
    expect(await checkout(2)).toMatchObject({ type: 'unavailable' });
  });

  it('ends also while the disk fails', async () => {
    store.broken = 'the disk is full';
    await checkout(1);
    await runner.stop();
    expect(runner.failure).toContain('the disk is full');
  });
});
