import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RequestOutcome } from '../../../src-main/node/replicas/hosted-replica.ts';
import { leaseIdOf, makeInstalledLicense, nowMs } from '../../support/records.ts';
import {
  answeredAs,
  makeSoloReplica,
  settleTurns,
  SoloLedger,
  type SoloLedgerOptions,
  watchOutcome,
} from '../../support/solo-ledger.ts';

let solo: SoloLedger;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'clearInterval', 'clearTimeout'] });
  solo = await startLedger();
});

afterEach(() => vi.useRealTimers());

function startLedger(options: SoloLedgerOptions = {}): Promise<SoloLedger> {
  const licenses = [makeInstalledLicense({ units: 3, ttlSeconds: 60 })];
  const stored = makeSoloReplica(licenses);
  return new SoloLedger({ stored, ...options }).start();
}

/** Lets time pass on the ledger's clock and on the timers. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 250) {
    solo.elapsedMs += Math.min(left, 250);
    await vi.advanceTimersByTimeAsync(Math.min(left, 250));
    solo.tick();
  }
  await settleTurns();
}

const refusedByDisk = { type: 'notServing', reason: 'storeFailed' };

describe('answers', () => {
  it('leave only when what they say is durable', async () => {
    solo.store.holding = true;
    const grant = watchOutcome(solo.checkout(1));
    await settleTurns();
    expect(grant.outcome).toBeUndefined();
    solo.store.finishNext();
    await settleTurns();
    expect(grant.outcome).toMatchObject(answeredAs('leaseGranted'));
    expect(solo.leasesOnDisk.has(leaseIdOf(1))).toBe(true);
  });

  it('carry the token of their own lease', async () => {
    const outcomes = await Promise.all([
      solo.checkout(1),
      solo.renew(9),
      solo.checkout(2),
      solo.giveBack(9),
    ]);
    const end = Math.floor((nowMs + 60_000) / 1000);
    const tokens = outcomes.map((outcome) => outcome.type === 'answered' && outcome.token);
    expect(tokens).toEqual([`${leaseIdOf(1)}@${end}`, null, `${leaseIdOf(2)}@${end}`, null]);
  });

  it('of one turn of the loop make up one entry', async () => {
    await Promise.all([solo.checkout(1), solo.checkout(2), solo.checkout(3)]);
    const writes = solo.store.batches.map((batch) => SoloLedger.changesOf(batch).length);
    expect(writes.filter((count) => count > 0)).toEqual([3]);
  });

  it('share a flush when they come while the disk is busy', async () => {
    const before = solo.store.batches.length;
    solo.store.holding = true;
    const all = [solo.checkout(1)];
    await settleTurns();
    all.push(solo.checkout(2));
    await settleTurns();
    for (const number of [4, 5, 6]) {
      all.push(solo.checkout(number));
      await settleTurns();
    }
    expect(solo.store.heldCount).toBe(2);
    solo.store.finishNext();
    await settleTurns();
    solo.store.holding = false;
    while (solo.store.heldCount > 0) solo.store.finishNext();
    await Promise.all(all);
    const leases = solo.store.batches
      .slice(before)
      .map((batch) => SoloLedger.changesOf(batch).length);
    // The third seat and two refusals, which are usage, came together.
    expect(leases).toHaveLength(3);
    expect(leases.slice(0, 2)).toEqual([1, 1]);
  });

  it('about something that is being written wait for it', async () => {
    solo.store.holding = true;
    const grant = watchOutcome(solo.checkout(1, 'same'));
    await settleTurns();
    const again = watchOutcome(solo.checkout(2, 'same'));
    await settleTurns();
    expect([grant.outcome, again.outcome]).toEqual([undefined, undefined]);
    solo.store.holding = false;
    solo.store.finishNext();
    await settleTurns();
    expect(again.outcome).toMatchObject({ reply: { created: false } });
  });

  it('to a renewal need a signature and no flush', async () => {
    await solo.checkout(1);
    const { signCount, batches } = solo.store;
    const flushes = batches.length;
    expect(await solo.renew(1)).toMatchObject(answeredAs('leaseRenewed'));
    expect([batches.length, solo.store.signCount]).toEqual([flushes, signCount + 1]);
  });

  it('that change nothing leave without the disk', async () => {
    solo.store.holding = true;
    const refused = watchOutcome(solo.renew(77));
    await settleTurns();
    expect(refused.outcome).toMatchObject({ reply: { code: 'LS_NO_SUCH_LEASE' } });
    expect(solo.store.heldCount).toBe(0);
  });

  it('are refused beyond a number that may wait', async () => {
    solo = await startLedger({ waitingMax: 2 });
    solo.store.holding = true;
    const waiting = [solo.checkout(1), solo.checkout(2)];
    expect(await solo.checkout(3)).toMatchObject({ type: 'unavailable', retryAfterSeconds: 1 });
    await settleTurns();
    solo.store.finishNext();
    for (const outcome of await Promise.all(waiting)) {
      expect(outcome).toMatchObject(answeredAs('leaseGranted'));
    }
  });

  it('are given once, and never without the token that belongs to them', async () => {
    const sign = vi.spyOn(solo.store, 'sign').mockRejectedValueOnce(new Error('no signature'));
    expect(await solo.checkout(1)).toMatchObject({ type: 'unavailable' });
    expect(solo.faults).toHaveLength(1);
    sign.mockRestore();
    expect(await solo.renew(1)).toMatchObject({ token: expect.any(String) });
  });
});

describe('a fault in one request', () => {
  it('hurts that one only', async () => {
    const broken = { feature: 'cad', units: 1, client: null } as never;
    const outcomes = await Promise.all([
      solo.checkout(1),
      solo.ask({ type: 'checkoutRequested', leaseId: leaseIdOf(2), request: broken }),
      solo.checkout(3),
    ]);
    expect(outcomes).toMatchObject([
      answeredAs('leaseGranted'),
      { type: 'unavailable', message: 'Internal error.' },
      answeredAs('leaseGranted'),
    ]);
    expect([...solo.leasesOnDisk.keys()]).toEqual([leaseIdOf(1), leaseIdOf(3)]);
    expect(solo.faults).toHaveLength(1);
  });

  it('of the step as a whole refuses what came with it, and the ledger goes on', async () => {
    solo.replica.step({
      type: 'messageReceived',
      from: 'nobody',
      message: null as never,
    });
    expect(solo.faults).toHaveLength(1);
    expect(await solo.checkout(1)).toMatchObject(answeredAs('leaseGranted'));
  });
});

describe('a disk that fails', () => {
  async function failUnder(
    ...requests: (() => Promise<RequestOutcome>)[]
  ): Promise<RequestOutcome[]> {
    solo.store.holding = true;
    const first = requests[0]?.();
    await settleTurns();
    const rest = requests.slice(1).map((request) => request());
    await settleTurns();
    solo.store.holding = false;
    solo.store.failNext('the disk is full. Make room on it');
    return Promise.all([first, ...rest].filter((outcome) => outcome !== undefined));
  }

  it('takes nothing back that was told, and tells nothing that it takes back', async () => {
    await solo.checkout(1);
    const outcomes = await failUnder(
      () => solo.checkout(2),
      () => solo.checkout(3),
      () => solo.giveBack(1),
    );
    for (const outcome of outcomes) expect(outcome).toMatchObject(refusedByDisk);
    expect(solo.commits.failure).toContain('the disk is full');
    expect([...solo.replica.state.ledger.leases.keys()]).toEqual([leaseIdOf(1)]);
    expect([...solo.leasesOnDisk.keys()]).toEqual([leaseIdOf(1)]);
  });

  it('lets leases be renewed and refuses what would have to be written', async () => {
    await solo.checkout(1);
    const [, renewed] = await failUnder(
      () => solo.checkout(2),
      () => solo.renew(1),
    );
    // It waited behind a write that was lost, and may depend on it; asked again, it is answered.
    expect(renewed).toMatchObject(refusedByDisk);
    expect(await solo.renew(1)).toMatchObject({
      ...answeredAs('leaseRenewed'),
      token: expect.any(String),
    });
    expect(await solo.checkout(3)).toMatchObject(refusedByDisk);
    expect(await solo.giveBack(1)).toMatchObject(refusedByDisk);
  });

  it('ends no lease while it lasts', async () => {
    await solo.checkout(1);
    await failUnder(() => solo.checkout(2));
    await pass(120_000);
    expect(await solo.renew(1)).toMatchObject(answeredAs('leaseRenewed'));
  });

  it('is tried every second, and then everything works as before', async () => {
    await solo.checkout(1);
    await failUnder(() => solo.checkout(2));
    await pass(3_000);
    expect(solo.commits.failure).toBeDefined();
    solo.store.broken = undefined;
    await pass(1_000);
    expect(solo.commits.failure).toBeUndefined();
    expect(await solo.checkout(2)).toMatchObject(answeredAs('leaseGranted'));
    expect(solo.leasesOnDisk.size).toBe(2);
    expect(solo.commits.figures.commitFailures).toBe(1);
  });

  it('keeps the cap when seats were taken back and granted again', async () => {
    await failUnder(
      () => solo.checkout(1),
      () => solo.checkout(2),
      () => solo.checkout(3),
    );
    solo.store.broken = undefined;
    await pass(1_000);
    const outcomes = await Promise.all([4, 5, 6, 7].map((number) => solo.checkout(number)));
    const types = outcomes.map((outcome) => outcome.type === 'answered' && outcome.reply.type);
    expect(types).toEqual(['leaseGranted', 'leaseGranted', 'leaseGranted', 'refused']);
    expect(solo.leasesOnDisk.size).toBe(3);
  });
});

describe('the clock', () => {
  it('ends leases that are not renewed', async () => {
    await solo.checkout(1);
    await pass(59_000);
    expect(solo.leasesOnDisk.size).toBe(1);
    await pass(2_000);
    expect(solo.leasesOnDisk.size).toBe(0);
  });
});

describe('an end', () => {
  it('in order writes what is only in memory and serves no more', async () => {
    await Promise.all([1, 2, 3, 4].map((number) => solo.checkout(number)));
    solo.store.holding = true;
    const grant = watchOutcome(solo.giveBack(1));
    await settleTurns();
    solo.replica.step({ type: 'leaveRequested' });
    solo.store.holding = false;
    while (solo.store.heldCount > 0) solo.store.finishNext();
    await settleTurns();
    solo.tick();
    await settleTurns();
    expect(grant.outcome).toMatchObject(answeredAs('leaseEnded'));
    expect(solo.replica.isActive).toBe(false);
    expect(solo.store.disk.usage.map(({ record }) => record.kind).sort()).toEqual([
      'denial',
      'session',
    ]);
    expect(await solo.checkout(5)).toMatchObject({ type: 'notServing' });
  });

  it('also comes while the disk fails', async () => {
    solo.store.broken = 'the disk is full';
    expect(await solo.checkout(1)).toMatchObject(refusedByDisk);
    solo.replica.step({ type: 'leaveRequested' });
    solo.tick();
    expect(solo.replica.isActive).toBe(false);
  });

  it('sends what waits elsewhere when the ledger is dropped here', async () => {
    solo.store.holding = true;
    const waiting = [solo.checkout(1), solo.checkout(2)];
    await settleTurns();
    solo.replica.drop();
    for (const outcome of await Promise.all(waiting)) {
      expect(outcome).toEqual({ type: 'notServing', reason: 'standby', active: null });
    }
    expect(await solo.checkout(3)).toMatchObject({ type: 'notServing' });
  });
});

describe('a server that another one with its identity was there before', () => {
  it('takes back what waits, refuses what comes, and serves again when that one is gone', async () => {
    await solo.checkout(1);
    solo.store.holding = true;
    const underWay = watchOutcome(solo.checkout(2));
    await settleTurns();
    solo.replica.step({ type: 'copyNoticed', standsAside: true });
    solo.store.finishNext();
    solo.store.holding = false;
    await settleTurns();
    expect(underWay.outcome).toMatchObject({ type: 'notServing' });
    const refused = { type: 'notServing', reason: 'copied' };
    await pass(30_000);
    expect(await solo.checkout(3)).toMatchObject(refused);
    expect(await solo.renew(1)).toMatchObject(refused);
    expect(solo.replica.isActive).toBe(false);

    solo.replica.step({ type: 'copyNoticed', standsAside: false });
    await pass(2_000);
    expect(await solo.renew(1)).toMatchObject(answeredAs('leaseRenewed'));
    expect(await solo.checkout(3)).toMatchObject(answeredAs('leaseGranted'));
  });
});
