import { setTimeout as pause } from 'node:timers/promises';
import { expectLife, expectThat } from '../kit/trial.ts';
import type { Heard, Reaction } from '../kit/scripted-server.ts';
import { nextServerAsked } from './next-server.ts';
import type { Scenario } from './scenario.ts';

// A seat from its checkout to its return, and answers that get lost in between.

const isCheckout = ({ kind }: Heard) => kind === 'checkout';
const isRenewal = ({ kind }: Heard) => kind === 'renewal';
const isReturn = ({ kind }: Heard) => kind === 'return';

/** Cuts the first request of this kind off; it is carried out all the same. */
function cutFirst(fits: (heard: Heard) => boolean, midway: boolean) {
  let isCut = false;
  return (heard: Heard): Reaction => {
    if (isCut || !fits(heard)) return { type: 'serve' };
    isCut = true;
    return { type: 'cut', midway };
  };
}

const keepsItsSeat: Scenario = {
  name: 'keeps-its-seat',
  what: 'It checks out, renews at a third of the time-to-live, and gives back',
  run: async (trial) => {
    const a = await trial.server('a');
    const client = trial.checkOut({ primary: [a.target] });
    await trial.held(client);
    await pause(9_000);
    expectThat(client.mayRun, 'it gave the seat up although its server was there');
    const times = a.heard.filter(isRenewal).map(({ atMs }) => atMs);
    const [granted] = a.heard.filter(isCheckout);
    const spans = times.map((atMs, i) => atMs - (times[i - 1] ?? granted?.atMs ?? 0));
    expectThat(times.length >= 4, `it renewed ${times.length} times in 9 s of a lease of 5 s`);
    const early = spans.find((ms) => ms < 600);
    expectThat(early === undefined, `it renewed after ${early} ms of a lease of 5 s`);
    await trial.giveBack(client);
    expectThat(a.leases.live.length === 0, 'it ended without giving the seat back');
    const late = a.heard.filter(isCheckout).length;
    expectThat(late === 1, `it checked out ${late} times for one seat`);
  },
};

const unknownFields: Scenario = {
  name: 'unknown-fields',
  what: 'Answers have fields that it does not know: it passes them over',
  run: async (trial) => {
    const a = await trial.server('a');
    a.unknownFields = true;
    const client = trial.checkOut({ primary: [a.target] });
    await trial.held(client);
    await trial.hears('a renewal', isRenewal);
    await pause(1_000);
    expectThat(client.mayRun, 'it gave the seat up');
    await trial.giveBack(client);
  },
};

const unknownProblem = JSON.stringify({
  type: 'about:blank',
  title: 't',
  status: 531,
  detail: 'd',
  code: 'LS_OF_A_LATER_VERSION',
});

const unknownStatus = nextServerAsked({
  name: 'unknown-status',
  what: 'A server answers with a status and a code that it does not know: it asks the next one',
  first: () => ({ type: 'raw', status: 531, body: unknownProblem }),
});

const noJson = nextServerAsked({
  name: 'not-json',
  what: 'Something that is no licence server answers 200 and a page: it asks the next one',
  first: () => ({ type: 'raw', status: 200, body: '<html><body>Welcome</body></html>' }),
});

function lostCheckout(midway: boolean): Scenario {
  return {
    name: midway ? 'half-answer-to-a-checkout' : 'lost-answer-to-a-checkout',
    what: `The answer to its checkout ${midway ? 'ends in the middle' : 'is lost'}: it asks again and has one seat`,
    run: async (trial) => {
      const a = await trial.server('a');
      a.script = cutFirst(isCheckout, midway);
      const client = trial.checkOut({ primary: [a.target], waitSeconds: 8 });
      const { lease } = await trial.held(client);
      const live = a.leases.live.map(({ id }) => id);
      expectThat(live.length === 1, `it has ${live.length} seats`);
      expectThat(live[0] === lease, 'it says that it has another seat than the server gave it');
      await trial.giveBack(client);
    },
  };
}

function lostRenewal(midway: boolean): Scenario {
  return {
    name: midway ? 'half-answer-to-a-renewal' : 'lost-answer-to-a-renewal',
    what: `The answer to a renewal ${midway ? 'ends in the middle' : 'is lost'}: it asks again and keeps its seat`,
    run: async (trial) => {
      const a = await trial.server('a');
      a.script = cutFirst(isRenewal, midway);
      const client = trial.checkOut({ primary: [a.target] });
      const { lease } = await trial.held(client);
      await pause(6_000);
      expectThat(client.mayRun, 'it gave the seat up');
      expectThat(
        a.leases.live.every(({ id }) => id === lease),
        'it has another seat than before',
      );
      expectThat(a.heard.filter(isRenewal).length >= 2, 'it did not renew again');
      await trial.giveBack(client);
    },
  };
}

const lostReturn: Scenario = {
  name: 'lost-answer-to-a-return',
  what: 'The answer to its return is lost: it ends all the same',
  run: async (trial) => {
    const a = await trial.server('a');
    a.script = (heard) => (isReturn(heard) ? { type: 'cut' } : { type: 'serve' });
    const client = trial.checkOut({ primary: [a.target] });
    await trial.held(client);
    await trial.giveBack(client);
    expectThat(a.heard.some(isReturn), 'it did not give the seat back');
  },
};

const countsFromSending: Scenario = {
  name: 'life-from-the-request-on',
  what: 'The answer to a renewal takes its time: the lease lives from when the request was sent',
  run: async (trial) => {
    const a = await trial.server('a');
    // From the second renewal on nothing is answered.
    a.script = (heard) => {
      if (heard.kind !== 'renewal') return { type: 'serve' };
      const first = a.heard.filter(isRenewal).length === 1;
      return first ? { type: 'serve', delayMs: 1_800 } : { type: 'hang' };
    };
    const client = trial.checkOut({ primary: [a.target], timeoutMs: 4_000 });
    await trial.held(client);
    const { atMs } = await trial.hears('a renewal', isRenewal);
    const lost = await trial.says(client, ['lost'], 0, 15_000);
    expectLife(lost.atMs - atMs, 5_000);
    await client.end();
  },
};

export const lifeScenarios: Scenario[] = [
  keepsItsSeat,
  unknownFields,
  unknownStatus,
  noJson,
  lostCheckout(false),
  lostCheckout(true),
  lostRenewal(false),
  lostRenewal(true),
  lostReturn,
  countsFromSending,
];
