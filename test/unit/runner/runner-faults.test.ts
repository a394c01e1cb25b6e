import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLedgerState } from '../../../src-main/node/core/ledger-start.ts';
import { type Outcome, Runner } from '../../../src-main/node/io/runner.ts';
import { HeldStore } from '../../support/held-store.ts';
import { leaseIdOf, makeInstalledLicense, nowMs } from '../../support/records.ts';

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

async function turn(): Promise<void> {
  for (let count = 0; count < 4; count++) await new Promise((resolve) => setImmediate(resolve));
}

/** A runner on a store that fails at will, with clients that remember what they were told. */
class Scene {
  readonly store = new HeldStore();
  readonly #runner: Runner;
  /** What each instance was told last; in doubt while a request of it is under way or failed. */
  readonly #told = new Map<number, string>();
  readonly #returned = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #busy = new Set<number>();
  #elapsedMs = 0;
  #leases = 0;

  constructor() {
    this.store.disk.licenses.set('acme-cad', makeInstalledLicense({ units, ttlSeconds: 86_400 }));
    const clock = () => ({ monotonicMs: this.#elapsedMs, wallMs: nowMs + this.#elapsedMs });
    const start = createLedgerState(
      this.store.disk.read(),
      {
        serverId: 'a1'.repeat(32),
        demoVendorKeyId: 'demo',
        newLedgerId: 'ledger-1',
        startMessage: 'Started.',
      },
      clock(),
    );
    const log = { error: () => undefined, warn: () => undefined, info: () => undefined };
    this.#runner = new Runner({ store: this.store, clock, log, start });
  }

  async act(next: Action): Promise<void> {
    switch (next.type) {
      case 'checkout':
        return this.#checkout(next.instance);
      case 'return':
      case 'renew':
        return this.#use(next.instance, next.type);
      case 'hold':
        this.store.holding = true;
        return;
      case 'finish':
        this.store.finishNext();
        return;
      case 'fail':
        if (this.store.heldCount > 0) this.store.failNext('the disk is full');
        return;
      case 'repair':
        return this.#repair();
      case 'turn':
        return turn();
    }
  }

  #checkout(number: number): void {
    if (this.#busy.has(number)) return;
    const client = { instance: `instance-${number}`, user: 'anna', host: 'pc-1' };
    const request = { feature: 'cad', units: 1, client };
    const leaseId = leaseIdOf(++this.#leases);
    this.#ask(
      number,
      this.#runner.request({ type: 'checkoutRequested', leaseId, request }),
      (outcome) => {
        if (outcome.type !== 'answered' || outcome.reply.type !== 'leaseGranted') return;
        const { id } = outcome.reply.terms.lease;
        expect(outcome.token).toContain(id);
        expect(this.store.disk.leases.has(id)).toBe(true);
        expect(this.#returned.has(id)).toBe(false);
        this.#told.set(number, id);
      },
    );
  }

  #use(number: number, what: 'renew' | 'return'): void {
    const leaseId = this.#told.get(number);
    if (this.#busy.has(number) || leaseId === undefined) return;
    const type = what === 'renew' ? 'renewalRequested' : 'returnRequested';
    this.#ask(number, this.#runner.request({ type, leaseId }), (outcome) => {
      if (what === 'renew') {
        // A lease that a client was told of can be renewed whatever the disk does.
        expect(outcome).toMatchObject({ type: 'answered', reply: { type: 'leaseRenewed' } });
      } else if (outcome.type === 'answered') {
        expect(this.store.disk.leases.has(leaseId)).toBe(false);
        this.#told.delete(number);
        this.#returned.add(leaseId);
      }
    });
  }

  #ask(number: number, answer: Promise<Outcome>, note: (outcome: Outcome) => void): void {
    this.#busy.add(number);
    const noted = answer.then((outcome) => {
      this.#busy.delete(number);
      note(outcome);
    });
    this.#underWay.add(noted);
  }

  async #repair(): Promise<void> {
    this.store.broken = undefined;
    this.store.holding = false;
    while (this.store.heldCount > 0) this.store.finishNext();
    for (let ms = 0; ms < 1_250; ms += 250) {
      this.#elapsedMs += 250;
      await vi.advanceTimersByTimeAsync(250);
    }
    await turn();
  }

  /** Everything is answered and written; memory, disk and what clients know are the same. */
  async finish(): Promise<void> {
    await this.#repair();
    await Promise.all(this.#underWay);
    await this.#runner.settled();
    const { leases } = this.store.disk;
    expect([...this.#runner.state.leases.keys()].sort()).toEqual([...leases.keys()].sort());
    for (const id of this.#told.values()) expect(leases.has(id)).toBe(true);
    for (const id of this.#returned) expect(leases.has(id)).toBe(false);
    expect(leases.size).toBeLessThanOrEqual(units);
    await this.#runner.stop();
  }
}

it('keeps what was told, whenever the disk fails and whatever is asked meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
      const scene = new Scene();
      for (const next of actions) await scene.act(next);
      await scene.finish();
    }),
    { numRuns: 150 },
  );
});
