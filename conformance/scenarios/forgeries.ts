import { setTimeout as pause } from 'node:timers/promises';
import { readForgeries, type Forgery } from '../kit/vectors.ts';
import { expectThat } from '../kit/trial.ts';
import type { Scenario } from './scenario.ts';

// Answers that prove nothing (docs/write-a-client.md, "The proof").

const forgeries = readForgeries();

function checkout(forgery: Forgery): Scenario {
  const { name, what, proved, server } = forgery;
  return {
    name: `proof-${name}`,
    what: `A checkout is answered and ${what}: ${proved ? 'it has its seat' : 'it has no seat'}`,
    run: async (trial) => {
      const a = await trial.server(server);
      a.script = () => ({ type: 'serve', forgery });
      const client = trial.checkOut({ primary: [a.target] });
      if (proved) {
        await trial.held(client);
        await trial.giveBack(client);
      } else {
        const { state } = await trial.says(client, ['refused', 'held']);
        expectThat(state === 'refused', 'it took a seat that proves nothing');
        await client.end();
      }
    },
  };
}

function byName(name: string): Forgery {
  const found = forgeries.find((forgery) => forgery.name === name);
  if (!found) throw new Error(`conformance/vectors/forgeries.json has no ${name}`);
  return found;
}

function renewal(name: string): Scenario {
  const forgery = byName(name);
  return {
    name: `renewal-${name}`,
    what: `Every renewal is answered and ${forgery.what}: the seat ends in time`,
    run: async (trial) => {
      const a = await trial.server('a');
      a.script = ({ kind }) =>
        kind === 'renewal' ? { type: 'serve', forgery } : { type: 'serve' };
      const client = trial.checkOut({ primary: [a.target] });
      await trial.held(client);
      await trial.says(client, ['lost']);
      await client.end();
    },
  };
}

const nextServer: Scenario = {
  name: 'proof-next-server',
  what: 'The first server proves nothing, the next one does: it has its seat there',
  run: async (trial) => {
    const a = await trial.server('a');
    const b = await trial.server('b');
    a.script = () => ({ type: 'serve', forgery: byName('licence-impostor') });
    const client = trial.checkOut({ primary: [a.target, b.target] });
    const { lease } = await trial.held(client);
    expectThat(b.leases.find(lease ?? '') !== undefined, 'it took a seat that proves nothing');
    await pause(1_000);
    await trial.giveBack(client);
  },
};

/** The server's clock and the licence's dates are years from the client's. */
function farClock(license: string, startsAt: string): Scenario {
  const off = startsAt.slice(0, 4);
  return {
    name: `clock-of-${off}`,
    what: `The servers are in January ${off} and so is the licence: the dates of the server count`,
    run: async (trial) => {
      const a = await trial.server('a');
      a.license = license;
      a.clockOffMs = Date.parse(startsAt) - Date.now();
      const client = trial.checkOut({ primary: [a.target] });
      await trial.held(client);
      await pause(5_000);
      expectThat(client.mayRun, 'it gave the seat up');
      await trial.giveBack(client);
    },
  };
}

export const forgeryScenarios: Scenario[] = [
  ...forgeries.map(checkout),
  nextServer,
  ...['licence-impostor', 'licence-ended', 'server-not-named', 'token-nonce', 'token-life'].map(
    renewal,
  ),
  farClock('of-january-2020', '2020-01-10T00:00:00Z'),
  farClock('of-january-2090', '2090-01-10T00:00:00Z'),
];
