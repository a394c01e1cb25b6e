import type { Heard, Reaction } from '../kit/scripted-server.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { expectLife, expectThat, promptMs } from '../kit/trial.ts';
import { nextServerAsked } from './next-server.ts';
import type { Scenario } from './scenario.ts';

// What servers say no with: whose word counts, and what follows (docs/write-a-client.md).

const refuse =
  (code: Extract<Reaction, { type: 'refuse' }>['code'], status?: number) => (): Reaction =>
    status === undefined ? { type: 'refuse', code } : { type: 'refuse', code, status };

const isCheckout = ({ kind }: Heard) => kind === 'checkout';

const leaseEnded: Scenario = {
  name: '404-of-its-server',
  what: 'The server that granted the lease knows it no more: it checks out anew as the same instance',
  run: async (trial) => {
    const a = await trial.server('a');
    const client = trial.checkOut({ primary: [a.target] });
    const { lease = '' } = await trial.held(client);
    a.leases.end(lease);
    await client.until(
      'a seat with another lease',
      (told) => told.state === 'held' && told.lease !== lease,
      promptMs,
    );
    expectThat(a.leases.live.length === 1, `it has ${a.leases.live.length} seats`);
    const instances = new Set(a.heard.filter(isCheckout).map(({ body }) => instanceIn(body)));
    expectThat(instances.size === 1, 'it checked out as another instance');
    await trial.giveBack(client);
  },
};

const strangersWord: Scenario = {
  name: '404-of-a-stranger',
  what: 'A server that never had the lease does not know it while its own is away: that says nothing',
  run: async (trial) => {
    const a = await trial.server('a');
    a.ttlSeconds = 8;
    const c = await trial.server('c');
    const client = trial.checkOut({ primary: [a.target, c.target] });
    const { lease } = await trial.held(client);
    await a.down();
    await pause(5_000);
    expectThat(client.mayRun, 'it gave the seat up on the word of a stranger');
    await a.up();
    const upAtMs = Date.now();
    await trial.hears('a renewal at its server', ({ server, kind, atMs }) => {
      return server === a && kind === 'renewal' && atMs >= upAtMs;
    });
    await pause(500);
    const checkouts = trial.transcript.heard.filter(isCheckout).length;
    expectThat(checkouts === 1, 'it checked out anew on the word of a stranger');
    expectThat(a.leases.find(lease ?? '') !== undefined, 'it lost the lease');
    await trial.giveBack(client);
  },
};

const noSuchFeature = nextServerAsked({
  name: '404-no-such-feature',
  what: 'The first server has no such licence: it asks the next one',
  first: refuse('LS_NO_SUCH_FEATURE'),
});

const nothingAtPath = nextServerAsked({
  name: '404-nothing-at-this-path',
  what: 'Nothing is at the path of a checkout: it asks the next server',
  first: refuse('LS_BAD_REQUEST', 404),
});

const nothingAtRenewal: Scenario = {
  name: '404-nothing-at-a-renewal',
  what: 'For a while nothing is at the path of a renewal: the lease has not ended, and it asks again',
  run: async (trial) => {
    const a = await trial.server('a');
    a.ttlSeconds = 6;
    const client = trial.checkOut({ primary: [a.target] });
    const { lease } = await trial.held(client);
    a.script = refuse('LS_BAD_REQUEST', 404);
    await trial.hears('a renewal', ({ kind }) => kind === 'renewal');
    await pause(1_000);
    a.script = () => ({ type: 'serve' });
    await pause(5_000);
    expectThat(client.mayRun, 'it gave the seat up');
    expectThat(a.leases.find(lease ?? '') !== undefined, 'its lease is not the one that it had');
    expectThat(a.heard.filter(isCheckout).length === 1, 'it checked out anew');
    await trial.giveBack(client);
  },
};

const full: Scenario = {
  name: '409-to-a-checkout',
  what: 'No unit is free at the only server: it is refused',
  run: async (trial) => {
    const a = await trial.server('a');
    a.leases.occupy(a.leases.unitsMax);
    const client = trial.checkOut({ primary: [a.target] });
    await trial.says(client, ['refused']);
    await client.end();
  },
};

const fullThenFree: Scenario = {
  name: '409-then-free',
  what: 'No unit is free, one comes free while it may wait: it has its seat',
  run: async (trial) => {
    const a = await trial.server('a');
    const unitsMax = a.leases.unitsMax;
    a.leases.unitsMax = 0;
    const client = trial.checkOut({ primary: [a.target], waitSeconds: 10 });
    await trial.hears('a checkout', isCheckout);
    await pause(1_000);
    a.leases.unitsMax = unitsMax;
    await trial.held(client, 12_000);
    await trial.giveBack(client);
  },
};

const licenceEnded: Scenario = {
  name: '409-to-a-renewal',
  what: 'Renewals are refused for good: it runs to the end of the time-to-live, and has no grace',
  run: async (trial) => {
    const a = await trial.server('a');
    const client = trial.checkOut({ primary: [a.target], graceSeconds: 30 });
    const { atMs } = await trial.held(client);
    a.script = refuse('LS_INSUFFICIENTUNITS');
    await trial.hears('a renewal', ({ kind }) => kind === 'renewal');
    const lost = await trial.says(client, ['lost']);
    expectLife(lost.atMs - atMs, 5_000);
    await client.end();
  },
};

const revoked: Scenario = {
  name: '403-to-a-renewal',
  what: 'The licence is taken back: it runs to the end of the time-to-live, and has no grace',
  run: async (trial) => {
    const a = await trial.server('a');
    const client = trial.checkOut({ primary: [a.target], graceSeconds: 30 });
    const { atMs } = await trial.held(client);
    a.script = refuse('LS_ACCESS_DENIED');
    await trial.hears('a renewal', ({ kind }) => kind === 'renewal');
    const lost = await trial.says(client, ['lost']);
    expectLife(lost.atMs - atMs, 5_000);
    await client.end();
  },
};

const tooMany: Scenario = {
  name: '429-to-a-checkout',
  what: 'The only server takes no more requests for two seconds: it asks no sooner, and has its seat then',
  run: async (trial) => {
    const a = await trial.server('a');
    a.script = () => ({ type: 'refuse', code: 'LS_TOO_MANY_REQUESTS', retryAfterSeconds: 2 });
    const client = trial.checkOut({ primary: [a.target], waitSeconds: 20 });
    const { atMs } = await trial.hears('a checkout', isCheckout);
    a.script = () => ({ type: 'serve' });
    await trial.held(client, 15_000);
    const next = a.heard.filter(isCheckout)[1];
    expectThat(next !== undefined, 'it has a seat that it did not ask for');
    expectThat(next.atMs - atMs >= 1_900, `it asked again after ${next.atMs - atMs} ms`);
    await trial.giveBack(client);
  },
};

const denied: Scenario = {
  name: '403-to-a-checkout',
  what: 'The vendor has revoked the licence of the only server: it is refused, also if it may wait',
  run: async (trial) => {
    const a = await trial.server('a');
    a.script = refuse('LS_ACCESS_DENIED');
    const client = trial.checkOut({ primary: [a.target], waitSeconds: 30 });
    await trial.says(client, ['refused']);
    await client.end();
  },
};

const primaryFull: Scenario = {
  name: 'primary-full',
  what: 'The Primary server has no unit free: it asks that one first and has its seat from the Secondary',
  run: async (trial) => {
    const a = await trial.server('a');
    const c = await trial.server('c');
    a.leases.occupy(a.leases.unitsMax);
    const client = trial.checkOut({ primary: [a.target], secondary: [c.target] });
    const { lease } = await trial.held(client);
    expectThat(c.leases.find(lease ?? '') !== undefined, 'its seat is not of the Secondary');
    const [first] = trial.transcript.heard;
    expectThat(first?.server === a, 'it asked the Secondary before the Primary');
    await trial.giveBack(client);
  },
};

const secondaryDies: Scenario = {
  name: 'secondary-dies',
  what: 'The Secondary with its seat dies, and the Primary has a unit again: it goes there in its grace',
  run: async (trial) => {
    const a = await trial.server('a');
    const c = await trial.server('c');
    const { unitsMax } = a.leases;
    a.leases.unitsMax = 0;
    const order = { primary: [a.target], secondary: [c.target], graceSeconds: 20 };
    const client = trial.checkOut(order);
    await trial.held(client);
    await c.down();
    a.leases.unitsMax = unitsMax;
    const downAtMs = Date.now();
    const { lease } = await trial.says(client, ['held'], downAtMs, 20_000);
    expectThat(a.leases.find(lease ?? '') !== undefined, 'its seat is not of the Primary');
    await trial.giveBack(client);
  },
};

function instanceIn(body: string): unknown {
  return (JSON.parse(body) as { client?: { instance?: unknown } }).client?.instance;
}

export const refusalScenarios: Scenario[] = [
  leaseEnded,
  strangersWord,
  noSuchFeature,
  nothingAtPath,
  nothingAtRenewal,
  full,
  fullThenFree,
  licenceEnded,
  revoked,
  tooMany,
  denied,
  primaryFull,
  secondaryDies,
];
