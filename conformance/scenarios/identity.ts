import { setTimeout as pause } from 'node:timers/promises';
import { readServerKey } from '../kit/vectors.ts';
import { expectThat } from '../kit/trial.ts';
import type { Scenario } from './scenario.ts';

// Which server it is: pins, and servers whose key has changed.

const wrongPin: Scenario = {
  name: 'pin-wrong',
  what: 'The server has another key than the ones that are accepted: nothing is sent to it',
  run: async (trial) => {
    const a = await trial.server('a');
    const fingerprints = [readServerKey('b').id];
    const client = trial.checkOut({ primary: [a.target], fingerprints });
    await trial.says(client, ['refused']);
    expectThat(a.heard.length === 0, 'it sent a request to a server that is not accepted');
    await client.end();
  },
};

const nextAfterWrongPin: Scenario = {
  name: 'pin-wrong-then-right',
  what: 'The first server has another key, the next one is the right one: it gets its seat there',
  run: async (trial) => {
    const x = await trial.server('x');
    const b = await trial.server('b');
    const client = trial.checkOut({ primary: [x.target, b.target], fingerprints: [b.key.id] });
    await trial.held(client);
    expectThat(x.heard.length === 0, 'it sent a request to a server that is not accepted');
    await trial.giveBack(client);
  },
};

const changedKey: Scenario = {
  name: 'pin-changed',
  what: 'An address that was known shows another key at the next start: nothing is sent to it',
  run: async (trial) => {
    const a = await trial.server('a');
    const first = trial.checkOut({ primary: [a.target] });
    await trial.held(first);
    await trial.giveBack(first);
    const heardBefore = a.heard.length;
    await a.down();
    a.key = readServerKey('x');
    await a.up();
    const second = trial.checkOut({ primary: [a.target] });
    await trial.says(second, ['refused']);
    expectThat(a.heard.length === heardBefore, 'it sent a request to a server with a changed key');
    await second.end();
  },
};

const changedWhileHeld: Scenario = {
  name: 'pin-changed-while-held',
  what: 'A server shows another key while a seat is out: nothing is sent, and the seat ends in time',
  run: async (trial) => {
    const a = await trial.server('a');
    const client = trial.checkOut({ primary: [a.target] });
    await trial.held(client);
    const heardBefore = a.heard.length;
    await a.down();
    a.key = readServerKey('x');
    await a.up();
    await trial.says(client, ['lost']);
    expectThat(a.heard.length === heardBefore, 'it sent a request to a server with a changed key');
    await client.end();
  },
};

const addedPin: Scenario = {
  name: 'pin-added',
  what: 'Two keys are accepted and the server changes from one to the other: the seat is kept',
  run: async (trial) => {
    const a = await trial.server('a');
    const next = readServerKey('b');
    const fingerprints = [a.key.id, next.id];
    const client = trial.checkOut({ primary: [a.target], fingerprints });
    await trial.held(client);
    await a.down();
    a.key = next;
    a.namedKey = next;
    await a.up();
    const upAtMs = Date.now();
    await trial.hears('a renewal by the new key', ({ kind, atMs }) => {
      return kind === 'renewal' && atMs >= upAtMs;
    });
    await pause(5_500);
    expectThat(client.mayRun, 'it gave the seat up');
    await trial.giveBack(client);
  },
};

const namedServer: Scenario = {
  name: 'pin-of-a-named-server',
  what: 'At the address of a partner another server answers than the one that was named: nothing is sent',
  run: async (trial) => {
    const { a, b } = await trial.pair();
    const client = trial.checkOut({ primary: [a.target] });
    await trial.held(client);
    await b.down();
    b.key = readServerKey('x');
    await trial.hears('a renewal', ({ kind }) => kind === 'renewal');
    await b.up();
    await a.down();
    await trial.says(client, ['lost']);
    expectThat(b.heard.length === 0, 'it sent a request to a server that is not the one named');
    await client.end();
  },
};

const partnerNotListed: Scenario = {
  name: 'pin-partner-not-listed',
  what: 'Keys are listed, and that of a partner is not among them: nothing is sent to the partner',
  run: async (trial) => {
    const { a, b } = await trial.pair();
    const client = trial.checkOut({ primary: [a.target], fingerprints: [a.key.id] });
    await trial.held(client);
    await trial.hears('a renewal', ({ kind }) => kind === 'renewal');
    await a.down();
    await trial.says(client, ['lost']);
    expectThat(b.heard.length === 0, 'it sent a request to a server whose key is not listed');
    await client.end();
  },
};

const partnerListed: Scenario = {
  name: 'pin-partner-listed',
  what: 'Keys are listed, that of a partner among them: the partner takes over with the seat',
  run: async (trial) => {
    const { a, b } = await trial.pair();
    const client = trial.checkOut({ primary: [a.target], fingerprints: [a.key.id, b.key.id] });
    await trial.held(client);
    await trial.hears('a renewal', ({ kind }) => kind === 'renewal');
    b.term = 2;
    b.adopts = true;
    b.script = () => ({ type: 'serve' });
    await a.down();
    await trial.hears('a renewal at the partner', ({ server, kind }) => {
      return server === b && kind === 'renewal';
    });
    await pause(5_500);
    expectThat(client.mayRun, 'it gave the seat up');
    await trial.giveBack(client);
  },
};

export const identityScenarios: Scenario[] = [
  wrongPin,
  nextAfterWrongPin,
  changedKey,
  changedWhileHeld,
  addedPin,
  namedServer,
  partnerNotListed,
  partnerListed,
];
