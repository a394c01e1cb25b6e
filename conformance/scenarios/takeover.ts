import { setTimeout as pause } from 'node:timers/promises';
import type { Heard, Reaction, ScriptedServer } from '../kit/scripted-server.ts';
import { expectThat } from '../kit/trial.ts';
import type { Trial } from '../kit/trial.ts';
import { nextServerAsked } from './next-server.ts';
import type { Scenario } from './scenario.ts';

// Servers that die, hang, send on to another one, and do not know that they were replaced.

const serve = (): Reaction => ({ type: 'serve' });

/** The standby serves from now on; what it does not know it takes from tokens. */
function takeOver(b: ScriptedServer): void {
  b.term = 2;
  b.role = 'failover';
  b.adopts = true;
  b.script = serve;
}

/** Kills the server at the first request of this kind, before its answer, and lets `b` take over. */
function dieAt(kind: Heard['kind'], a: ScriptedServer, b: ScriptedServer): void {
  a.script = (heard) => {
    if (heard.kind !== kind) return serve();
    void a.down();
    takeOver(b);
    return { type: 'hang' };
  };
}

const deadAtStart: Scenario = {
  name: 'server-dead-at-the-start',
  what: 'The first server is down: it has its seat from the next one',
  run: async (trial) => {
    const { a, b } = await trial.pair();
    await a.down();
    takeOver(b);
    const client = trial.checkOut({ primary: [a.target, b.target] });
    await trial.held(client);
    await trial.giveBack(client);
  },
};

const diesInCheckout: Scenario = {
  name: 'server-dies-in-a-checkout',
  what: 'The server dies over its checkout: it has one seat, of the one that takes over',
  run: async (trial) => {
    const { a, b } = await trial.pair();
    dieAt('checkout', a, b);
    const client = trial.checkOut({ primary: [a.target, b.target], waitSeconds: 8 });
    await trial.held(client);
    expectThat(b.leases.live.length === 1, `it has ${b.leases.live.length} seats`);
    await trial.giveBack(client);
  },
};

/** The seat goes on under the same lease, which the new server can know from the token alone. */
async function expectKept(trial: Trial, b: ScriptedServer, kill: () => void): Promise<void> {
  const client = trial.checkOut({ primary: [b.partners[1]?.target ?? ''] });
  const { lease = '' } = await trial.held(client);
  kill();
  await trial.hears('a renewal at the one that took over', ({ server, kind }) => {
    return server === b && kind === 'renewal';
  });
  await pause(4_500);
  expectThat(client.mayRun, 'it gave the seat up');
  expectThat(b.leases.find(lease) !== undefined, 'the lease did not go on under its id');
  await trial.giveBack(client);
  expectThat(b.leases.live.length === 0, 'it ended without giving the seat back');
}

const diesBetween: Scenario = {
  name: 'server-dies-between-renewals',
  what: 'Its server dies, the partner that was named takes over a second later: it keeps its lease',
  run: async (trial) => {
    const { a, b } = await trial.pair();
    await expectKept(trial, b, () => {
      b.script = () => ({ type: 'refuse', code: 'LS_SERVER_SYNC_IN_PROGRESS' });
      void a.down();
      setTimeout(() => takeOver(b), 1_000);
    });
  },
};

const diesInRenewal: Scenario = {
  name: 'server-dies-in-a-renewal',
  what: 'Its server dies over a renewal: it keeps its lease at the one that takes over',
  run: async (trial) => {
    const { a, b } = await trial.pair();
    await expectKept(trial, b, () => dieAt('renewal', a, b));
  },
};

const diesInReturn: Scenario = {
  name: 'server-dies-in-a-return',
  what: 'Its server dies over the return: it gives the seat back to the one that takes over',
  run: async (trial) => {
    const { a, b } = await trial.pair();
    const client = trial.checkOut({ primary: [a.target] });
    await trial.held(client);
    dieAt('return', a, b);
    await trial.giveBack(client);
    const returned = b.heard.some(({ kind }) => kind === 'return');
    expectThat(returned, 'it did not give the seat back to the one that took over');
  },
};

const hungAtStart = nextServerAsked({
  name: 'server-hangs-at-the-start',
  what: 'The first server takes requests and never answers: it has its seat from the next one',
  first: () => ({ type: 'hang' }),
});

const hungInRenewal: Scenario = {
  name: 'server-hangs-in-a-renewal',
  what: 'Its server answers no more and the partner takes over: it keeps its lease',
  run: async (trial) => {
    const { a, b } = await trial.pair();
    a.ttlSeconds = 6;
    await expectKept(trial, b, () => {
      a.script = () => ({ type: 'hang' });
      takeOver(b);
    });
  },
};

const redirectedOnce: Scenario = {
  name: '307-once',
  what: 'It is sent on to the server that serves: method, body and headers go along',
  run: async (trial) => {
    const { a, b } = await trial.pair();
    const client = trial.checkOut({ primary: [b.target] });
    const { lease } = await trial.held(client);
    expectThat(a.leases.find(lease ?? '') !== undefined, 'its seat is not of the one that serves');
    // They change places: renewals are sent on as well.
    a.script = () => ({ type: 'redirect', to: b });
    takeOver(b);
    await trial.hears('a renewal where it was sent on to', ({ server, kind }) => {
      return server === b && kind === 'renewal';
    });
    await pause(500);
    expectThat(b.leases.find(lease ?? '') !== undefined, 'the lease did not go on under its id');
    await trial.giveBack(client);
  },
};

const redirectedFourTimes: Scenario = {
  name: '307-four-times',
  what: 'It is sent on four times in a row: it follows three times and no further',
  run: async (trial) => {
    const chain: ScriptedServer[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e'] as const) chain.push(await trial.server(name));
    for (const [i, server] of chain.entries()) {
      const to = chain[i + 1];
      if (to) server.script = () => ({ type: 'redirect', to });
    }
    const client = trial.checkOut({ primary: [chain[0]?.target ?? ''] });
    await trial.hears('a request at the third', ({ server }) => server === chain[2]);
    await client.never('a seat beyond the fourth server', ({ state }) => state === 'held', 3_000);
    expectThat(chain[4]?.heard.length === 0, 'it followed four redirections in a row');
    await client.end();
  },
};

/** A served, was cut off and replaced by B, and is back without knowing it. */
async function startStale(trial: Trial) {
  const { a, b } = await trial.pair();
  const client = trial.checkOut({ primary: [a.target] });
  const { lease = '' } = await trial.held(client);
  await a.down();
  takeOver(b);
  await trial.hears('a renewal at the one that took over', ({ server, kind }) => {
    return server === b && kind === 'renewal';
  });
  await pause(300);
  const kept = b.leases.find(lease);
  if (kept) a.leases.adopt({ ...kept, endsAtMs: Date.now() + 60_000 });
  a.script = () => ({ type: 'serve', stale: true });
  b.script = () => ({ type: 'refuse', code: 'LS_LEADER_NOT_PRESENT' });
  await a.up();
  return { a, b, client, lease };
}

const staleThenNewer: Scenario = {
  name: 'stale-term',
  what: 'A server that was replaced renews with an older term: it keeps the newer answer, asks on',
  run: async (trial) => {
    const { a, b, client, lease } = await startStale(trial);
    await trial.hears('a renewal at the one that was replaced', ({ server, kind, atMs }) => {
      return server === a && kind === 'renewal' && atMs > (b.heard.at(0)?.atMs ?? 0);
    });
    await pause(500);
    b.script = serve;
    const servesAtMs = Date.now();
    await trial.hears('a renewal at the newer server', ({ server, kind, atMs }) => {
      return server === b && kind === 'renewal' && atMs >= servesAtMs;
    });
    await pause(500);
    expectThat(client.mayRun, 'it gave the seat up');
    expectThat(b.leases.find(lease) !== undefined, 'the lease did not go on under its id');
    await trial.giveBack(client);
  },
};

const staleForGood: Scenario = {
  name: 'stale-term-for-good',
  what: 'Only a server that was replaced renews, with an older term: the seat ends in time',
  run: async (trial) => {
    const { client } = await startStale(trial);
    await trial.says(client, ['lost']);
    await client.end();
  },
};

export const takeoverScenarios: Scenario[] = [
  deadAtStart,
  diesInCheckout,
  diesBetween,
  diesInRenewal,
  diesInReturn,
  hungAtStart,
  hungInRenewal,
  redirectedOnce,
  redirectedFourTimes,
  staleThenNewer,
  staleForGood,
];
