import type { Scenario } from '../scenarios/scenario.ts';
import { Misconduct } from './misconduct.ts';
import { Trial } from './trial.ts';

/** `what` of one that failed: what the client did, as a sentence without its end. */
export interface Verdict {
  scenario: Scenario;
  result: 'passed' | 'failed' | 'skipped';
  what: string;
  ms: number;
}

/** Why this system cannot run a scenario; null when it can. */
function obstacleTo({ stops = false }: Scenario): string | null {
  return stops && process.platform === 'win32' ? 'Windows cannot stop a program' : null;
}

/** Runs one scenario against a client program; rejects only when the kit itself is at fault. */
export async function judge(scenario: Scenario, command: readonly string[]): Promise<Verdict> {
  const obstacle = obstacleTo(scenario);
  if (obstacle !== null) return { scenario, result: 'skipped', what: obstacle, ms: 0 };
  const begunMs = Date.now();
  const trial = new Trial(command);
  const verdict = (result: Verdict['result'], what: string): Verdict => {
    return { scenario, result, what, ms: Date.now() - begunMs };
  };
  try {
    await scenario.run(trial);
    trial.judgeConduct();
    return verdict('passed', '');
  } catch (error) {
    if (error instanceof Misconduct) return verdict('failed', error.message);
    throw error;
  } finally {
    await trial.dispose();
  }
}

/** Runs scenarios, so many at a time, and tells of each as it ends. */
export async function judgeAll(
  scenarios: readonly Scenario[],
  command: readonly string[],
  jobs: number,
  tell: (verdict: Verdict) => void,
): Promise<Verdict[]> {
  const waiting = scenarios.values();
  const verdicts: Verdict[] = [];
  const worker = async (): Promise<void> => {
    for (const scenario of waiting) {
      const verdict = await judge(scenario, command);
      verdicts.push(verdict);
      tell(verdict);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return verdicts;
}
