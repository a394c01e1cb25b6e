import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RequestOutcome } from '../../../src-main/node/replicas/hosted-replica.ts';
import { makeInstalledLicense } from '../../support/records.ts';
import { makeSoloReplica, settleTurns, SoloLedger } from '../../support/solo-ledger.ts';

const units = 3;
const instances = 6;

type Action =
  | { type: 'checkout' | 'renew' | 'return'; instance: number }
  | { type: 'hold' | 'finish' | 'fail' | 'repair' | 'turn' };

const instance = fc.integer({ min: 0, max: instances - 1 });
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('checkout' as const), instance }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('return' as const), instance }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('renew' as const), instance }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom<'hold' | 'finish' | 'fail' | 'repair' | 'turn'>(
        ...(['hold', 'finish', 'fail', 'repair', 'turn', 'turn'] as const),
      ),
    }),
  },
);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'clearInterval', 'clearTimeout'] });
});
afterEach(() => void vi.useRealTimers());

/** A ledger on a store that fails at will, with clients that remember what they were told. */
class Scene {
  readonly #solo: SoloLedger;
  /** What each instance was told last; in doubt while a request of it is under way or failed. */
  readonly #told = new Map<number, string>();
  readonly #returned = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #busy = new Set<number>();
  #leases = 0;

  constructor() {
    const licenses = [makeInstalledLicense({ units, ttlSeconds: 86_400 })];
    const stored = makeSoloReplica(licenses);
    this.#solo = new SoloLedger({ stored });
  }

  async begin(): Promise<void> {
    await this.#solo.start();
  }

  async act(next: Action): Promise<void> {
    const { store } = this.#solo;
    switch (next.type) {
      case 'checkout':
        return this.#checkout(next.instance);
      case 'return':
      case 'renew':
        return this.#use(next.instance, next.type);
      case 'hold':
        store.holding = true;
        return;
      case 'finish':
        store.finishNext();
        return;
      case 'fail':
        if (store.heldCount > 0) store.failNext('the disk is full');
        return;
      case 'repair':
        return this.#repair();
      case 'turn':
        return settleTurns();
    }
  }

  #checkout(number: number): void {
    if (this.#busy.has(number)) return;
    const asked = this.#solo.checkout(++this.#leases, `instance-${number}`);
    this.#ask(number, asked, (outcome) => {
      if (outcome.type !== 'answered' || outcome.reply.type !== 'leaseGranted') return;
      const { id } = outcome.reply.terms.lease;
      expect(outcome.token).toContain(id);
      expect(this.#solo.leasesOnDisk.has(id)).toBe(true);
      expect(this.#returned.has(id)).toBe(false);
      this.#told.set(number, id);
    });
  }

  #use(number: number, what: 'renew' | 'return'): void {
    const leaseId = this.#told.get(number);
    if (this.#busy.has(number) || leaseId === undefined) return;
    const asked = what === 'renew' ? this.#renew(leaseId) : this.#solo.ask(returned(leaseId));
    this.#ask(number, asked, (outcome) => {
      if (what === 'renew') {
        // A lease that a client was told of can be renewed whatever the disk does.
        expect(outcome).toMatchObject({ type: 'answered', reply: { type: 'leaseRenewed' } });
      } else if (outcome.type === 'answered') {
        expect(this.#solo.leasesOnDisk.has(leaseId)).toBe(false);
        this.#told.delete(number);
        this.#returned.add(leaseId);
      }
    });
  }

  /** As clients are answered: what was lost with a write is asked anew, without one. */
  async #renew(leaseId: string): Promise<RequestOutcome> {
    const renewal = { type: 'renewalRequested', leaseId } as const;
    const outcome = await this.#solo.ask(renewal);
    if (outcome.type !== 'notServing') return outcome;
    expect(outcome.reason).toBe('storeFailed');
    return this.#renew(leaseId);
  }

  #ask(
    number: number,
    answer: Promise<RequestOutcome>,
    note: (outcome: RequestOutcome) => void,
  ): void {
    this.#busy.add(number);
    const noted = answer.then((outcome) => {
      this.#busy.delete(number);
      note(outcome);
    });
    this.#underWay.add(noted);
  }

  async #repair(): Promise<void> {
    const { store } = this.#solo;
    store.broken = undefined;
    store.holding = false;
    while (store.heldCount > 0) store.finishNext();
    for (let ms = 0; ms < 1_250; ms += 250) {
      this.#solo.elapsedMs += 250;
      await vi.advanceTimersByTimeAsync(250);
      this.#solo.tick();
    }
    await settleTurns();
  }

  /** Everything is answered and written; memory, disk and what clients know are the same. */
  async finish(): Promise<void> {
    await this.#repair();
    await Promise.all(this.#underWay);
    await this.#solo.commits.settled();
    const leases = this.#solo.leasesOnDisk;
    const remembered = [...this.#solo.replica.state.ledger.leases.keys()];
    expect(remembered.sort()).toEqual([...leases.keys()].sort());
    for (const id of this.#told.values()) expect(leases.has(id)).toBe(true);
    for (const id of this.#returned) expect(leases.has(id)).toBe(false);
    expect(leases.size).toBeLessThanOrEqual(units);
    expect(this.#solo.faults.filter((fault) => fault instanceof Error)).toEqual([]);
  }
}

function returned(leaseId: string) {
  return { type: 'returnRequested', leaseId } as const;
}

it('keeps what was told, whenever the disk fails and whatever is asked meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
      const scene = new Scene();
      await scene.begin();
      for (const next of actions) await scene.act(next);
      await scene.finish();
    }),
    { numRuns: 150 },
  );
});
