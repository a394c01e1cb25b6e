import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ProblemCode } from '../../../src-shared/contract/problem.ts';
import { ClientHost } from './client-host.ts';
import { type Behaviour, fingerprintOf, ttlSeconds } from './scripted-servers.ts';

const targets = ['a:7470', 'b:7470', 'c:7470'];
const ttlMs = ttlSeconds * 1000;
const timeoutMs = 1_000;

/** Longest time that giving back may take: what is under way, then three rounds with waits. */
const returnMsMax = 120_000;

const refusals: ProblemCode[] = [
  'LS_INSUFFICIENTUNITS',
  'LS_NO_SUCH_LEASE',
  'LS_NO_SUCH_FEATURE',
  'LS_LICENSE_EXPIRED',
  'LS_LEADER_NOT_PRESENT',
  'LS_TOO_MANY_REQUESTS',
];

const slow = fc.integer({ min: 1, max: 9_000 }).map((ms): Behaviour => ({ type: 'slow', ms }));
const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Behaviour>({ type: 'serve' }) },
  { weight: 3, arbitrary: fc.constant<Behaviour>({ type: 'down' }) },
  { weight: 2, arbitrary: fc.constant<Behaviour>({ type: 'mute' }) },
  { weight: 2, arbitrary: slow },
  fc.constantFrom(...refusals).map((code): Behaviour => ({ type: 'refuse', code })),
  fc.constantFrom(...targets).map((to): Behaviour => ({ type: 'redirect', to })),
  fc.constant<Behaviour>({ type: 'garbage', status: 200, body: '{}' }),
);

type Step =
  | { type: 'behave'; target: string; behaviour: Behaviour }
  | { type: 'forget'; target: string }
  | { type: 'wait'; ms: number }
  | { type: 'checkout'; waitMs: number }
  | { type: 'return' };

const target = fc.constantFrom(...targets);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('behave'), target, behaviour }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('wait'), ms: fc.nat({ max: 60_000 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('forget'), target }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('checkout'), waitMs: fc.constantFrom(0, 20_000) }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ type: 'return' }) },
);

const story = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 30 }),
  partners: fc.boolean(),
  secondary: fc.boolean(),
  seed: fc.nat(),
});

it('gives back at once whatever seat it does not keep, as long as servers answer', async () => {
  const answering = fc.oneof(fc.constant<Behaviour>({ type: 'serve' }), slow);
  const steps = fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('behave'), target, behaviour: answering }),
      fc.record({ type: fc.constant('wait'), ms: fc.nat({ max: 15_000 }) }),
      fc.record({ type: fc.constant('checkout'), waitMs: fc.constant(0) }),
      fc.constant<Step>({ type: 'return' }),
    ),
    { minLength: 2, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), fc.nat(), async (story, secondary, seed) => {
      const host = begin(false, secondary, seed);
      // Nothing ends by itself here, so that whatever is forgotten stays to be seen.
      for (const server of host.network.servers.values()) server.ttlSeconds = 86_400;
      for (const next of story) await take(host, next);
      for (const server of host.network.servers.values()) server.behaviour = { type: 'serve' };
      await host.time.advance(60_000);
      const { state } = host.client;
      expect(host.liveLeases()).toEqual(state.state === 'held' ? [state.seat.lease.id] : []);
    }),
    { numRuns: 200 },
  );
});

it('never keeps two leases, never stops renewing, always ends a return', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ steps, partners, secondary, seed }) => {
      const host = begin(partners, secondary, seed);
      for (const next of steps) await take(host, next);
      await heal(host);
    }),
    { numRuns: 200 },
  );
});

function begin(partners: boolean, secondary: boolean, seed: number): ClientHost {
  const host = new ClientHost();
  for (const name of targets) {
    const server = host.network.add(name);
    if (!partners) continue;
    server.partners = targets.map((partner) => ({
      id: fingerprintOf(partner),
      name: partner,
      url: `https://${partner}`,
      active: partner === name,
    }));
  }
  const config = secondary
    ? { primary: targets.slice(0, 1), secondary: targets.slice(1) }
    : { primary: targets };
  let state = seed;
  host.start(
    { ...config, timeoutMs, graceSeconds: 45 },
    {
      random: () => {
        state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
        return state / 2 ** 31;
      },
    },
  );
  return host;
}

async function take(host: ClientHost, next: Step): Promise<void> {
  const { client, network, time } = host;
  switch (next.type) {
    case 'behave': {
      const server = network.servers.get(next.target);
      if (server) server.behaviour = next.behaviour;
      return;
    }
    case 'forget':
      network.servers.get(next.target)?.leases.clear();
      return;
    case 'wait':
      return wait(host, next.ms);
    case 'checkout':
      void client.checkout({ waitMs: next.waitMs });
      return time.advance(0);
    case 'return': {
      await time.until(client.return(), returnMsMax);
      expect(holds(host)).toBe(false);
      return;
    }
  }
}

function holds({ client: { state } }: ClientHost): boolean {
  return ['held', 'retrying', 'recovering', 'grace'].includes(state.state);
}

/** Lets time pass and sees to it that a client with a seat is never silent for long. */
async function wait(host: ClientHost, ms: number): Promise<void> {
  const { network, time } = host;
  // A third of the time-to-live and a tenth of that, and one answer.
  const ttlSecondsMax = Math.max(
    ...[...network.servers.values()].map((server) => server.ttlSeconds),
  );
  const silenceMsMax = ((ttlSecondsMax * 1000) / 3) * 1.1 + timeoutMs;
  const endMs = time.nowMs + ms;
  while (time.nowMs < endMs) {
    await time.advance(Math.min(500, endMs - time.nowMs));
    if (holds(host)) expect(time.nowMs - network.lastSentAtMs).toBeLessThanOrEqual(silenceMsMax);
  }
}

/** Every server works again: what is left soon is the one lease that the client holds, or none. */
async function heal(host: ClientHost): Promise<void> {
  const { client, network, time } = host;
  for (const server of network.servers.values()) server.behaviour = { type: 'serve' };
  await wait(host, 2 * ttlMs + 30_000);
  const seat = holds(host) && 'seat' in client.state ? [client.state.seat.lease.id] : [];
  expect(host.liveLeases()).toEqual(seat);
  await time.until(client.return(), returnMsMax);
  await time.advance(ttlMs);
  expect(host.liveLeases()).toEqual([]);
  await time.advance(60_000);
  expect(time.timerCount).toBe(0);
}
