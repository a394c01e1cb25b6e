import type { Trial } from '../kit/trial.ts';

/** One thing that a client has to do right. `run` throws a Misconduct when it does not. */
export interface Scenario {
  name: string;
  /** What happens to the client, and what it has to make of it. */
  what: string;
  /** It stops the client where it stands, which not every system can. */
  stops?: boolean;
  run: (trial: Trial) => Promise<void>;
}
