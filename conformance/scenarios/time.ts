import { setTimeout as pause } from 'node:timers/promises';
import { expectLife, expectThat, slackMs } from '../kit/trial.ts';
import type { Scenario } from './scenario.ts';

// The end of a lease, grace, sleep, and seats that were borrowed.

const noGrace: Scenario = {
  name: 'ends-without-grace',
  what: 'No server answers any more and there is no grace: it stops when the time-to-live is over',
  run: async (trial) => {
    const a = await trial.server('a');
    const client = trial.checkOut({ primary: [a.target] });
    const { atMs } = await trial.held(client);
    await a.down();
    const lost = await trial.says(client, ['lost']);
    expectLife(lost.atMs - atMs, 5_000);
    await client.end();
  },
};

const grace: Scenario = {
  name: 'ends-after-grace',
  what: 'No server answers any more: it says so at the end of the time-to-live, and stops after its grace',
  run: async (trial) => {
    const a = await trial.server('a');
    const client = trial.checkOut({ primary: [a.target], graceSeconds: 3 });
    const { atMs } = await trial.held(client);
    await a.down();
    const inGrace = await trial.says(client, ['grace', 'lost']);
    expectThat(inGrace.state === 'grace', 'it stopped without its grace');
    expectLife(inGrace.atMs - atMs, 5_000);
    const lost = await trial.says(client, ['lost']);
    expectLife(lost.atMs - atMs, 8_000);
    await client.end();
  },
};

const backInGrace: Scenario = {
  name: 'server-back-in-grace',
  what: 'Its server comes back within the grace: it has a seat again',
  run: async (trial) => {
    const a = await trial.server('a');
    const client = trial.checkOut({ primary: [a.target], graceSeconds: 20 });
    await trial.held(client);
    await a.down();
    const { atMs } = await trial.says(client, ['grace']);
    await a.up();
    await trial.says(client, ['held'], atMs, 15_000);
    expectThat(a.leases.live.length === 1, `it has ${a.leases.live.length} seats`);
    await trial.giveBack(client);
  },
};

const sleepsSeatFree: Scenario = {
  name: 'sleep-seat-free',
  what: 'It stands still beyond the time-to-live: it asks for a seat anew and gets one',
  stops: true,
  run: async (trial) => {
    const a = await trial.server('a');
    const client = trial.checkOut({ primary: [a.target], graceSeconds: 20 });
    const { lease } = await trial.held(client);
    client.freeze();
    await pause(7_000);
    const wakesAtMs = Date.now();
    client.thaw();
    const again = await trial.says(client, ['held'], wakesAtMs);
    expectThat(again.lease !== lease, 'it says that it holds a lease that has ended');
    await trial.giveBack(client);
  },
};

const sleepsSeatTaken: Scenario = {
  name: 'sleep-seat-taken',
  what: 'It stands still beyond the time-to-live and its seat goes to another one: it stops',
  stops: true,
  run: async (trial) => {
    const a = await trial.server('a');
    const client = trial.checkOut({ primary: [a.target], graceSeconds: 20 });
    await trial.held(client);
    client.freeze();
    await pause(7_000);
    a.leases.occupy(a.leases.unitsMax);
    const wakesAtMs = Date.now();
    client.thaw();
    const end = await trial.says(client, ['lost', 'held'], wakesAtMs);
    expectThat(end.state === 'lost', 'it says that it holds a seat that another one has');
    await client.end();
  },
};

const sleepsWithoutGrace: Scenario = {
  name: 'sleep-without-grace',
  what: 'It stands still beyond the time-to-live and has no grace: it stops, or has a new seat at once',
  stops: true,
  run: async (trial) => {
    const a = await trial.server('a');
    const client = trial.checkOut({ primary: [a.target] });
    const { lease } = await trial.held(client);
    client.freeze();
    await pause(7_000);
    const wakesAtMs = Date.now();
    client.thaw();
    const next = await trial.says(client, ['lost', 'held', 'grace', 'retrying'], wakesAtMs);
    const isRight = next.state === 'lost' || (next.state === 'held' && next.lease !== lease);
    expectThat(isRight, `it says ${next.state} of a lease that has ended`);
    await trial.giveBack(client);
  },
};

/** An instant in so many seconds, without fractions of one. */
function inSeconds(seconds: number): string {
  const ms = Math.floor(Date.now() / 1000 + seconds) * 1000;
  return new Date(ms).toISOString().replace('.000', '');
}

const borrowed: Scenario = {
  name: 'borrow-over-a-restart',
  what: 'A borrowed seat is left, and used in the next run without a server until its end',
  run: async (trial) => {
    const a = await trial.server('a');
    const borrowUntil = inSeconds(10);
    const order = { primary: [a.target], borrowUntil, graceSeconds: 20 };
    const first = trial.checkOut(order);
    const { lease } = await trial.held(first);
    await pause(2_000);
    first.give({ do: 'leave' });
    await first.end();
    const later = a.heard.filter(({ kind }) => kind !== 'checkout');
    expectThat(later.length === 0, `it sent ${later[0]?.line ?? ''} for a borrowed seat`);
    await a.down();
    const second = trial.checkOut(order);
    const again = await trial.held(second);
    expectThat(again.lease === lease, 'it says that it holds another lease than it borrowed');
    const endsAtMs = Date.parse(borrowUntil);
    const lost = await trial.says(second, ['lost'], 0, 20_000);
    const lateMs = lost.atMs - endsAtMs;
    expectThat(Math.abs(lateMs) < slackMs, `it stopped ${lateMs} ms after the end of borrowing`);
    await second.end();
    const third = trial.checkOut(order);
    await trial.says(third, ['refused']);
    await third.end();
  },
};

const borrowedBack: Scenario = {
  name: 'borrow-given-back',
  what: 'A borrowed seat is given back before its end, in a later run',
  run: async (trial) => {
    const a = await trial.server('a');
    const order = { primary: [a.target], borrowUntil: inSeconds(600) };
    const first = trial.checkOut(order);
    await trial.held(first);
    first.give({ do: 'leave' });
    await first.end();
    expectThat(a.leases.live.length === 1, 'it gave the seat back when it was to leave it');
    const second = trial.checkOut(order);
    await trial.held(second);
    await trial.giveBack(second);
    const left = a.leases.live;
    expectThat(left.length === 0, 'it ended without giving the seat back');
    const third = trial.checkOut(order);
    await trial.held(third);
    const asked = a.heard.filter(({ kind }) => kind === 'checkout').length;
    expectThat(asked >= 2, 'it holds a seat that it had given back');
    await trial.giveBack(third);
  },
};

export const timeScenarios: Scenario[] = [
  noGrace,
  grace,
  backInGrace,
  sleepsSeatFree,
  sleepsSeatTaken,
  sleepsWithoutGrace,
  borrowed,
  borrowedBack,
];
