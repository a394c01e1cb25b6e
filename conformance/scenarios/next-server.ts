import type { Heard, Reaction } from '../kit/scripted-server.ts';
import { expectThat } from '../kit/trial.ts';
import type { Scenario } from './scenario.ts';

/** The first of two servers gives no seat, whatever it does instead: the client has its seat from the next. */
export function nextServerAsked(asked: {
  name: string;
  what: string;
  /** What the first one does. */
  first: (heard: Heard) => Reaction;
}): Scenario {
  const { name, what, first } = asked;
  return {
    name,
    what,
    run: async (trial) => {
      const a = await trial.server('a');
      const b = await trial.server('b');
      a.script = first;
      const client = trial.checkOut({ primary: [a.target, b.target] });
      await trial.held(client);
      expectThat(a.heard.length > 0, 'it did not ask the first server first');
      await trial.giveBack(client);
    },
  };
}
