import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { judge, judgeAll } from '../../../conformance/kit/judge.ts';
import { scenarios } from '../../../conformance/scenarios/index.ts';
import { skipFor } from '../../support/skip.ts';
import { type Fault, faults } from './faults.ts';

/** Scenarios at a time. */
const jobs = 8;

/** A scenario of each kind; all of them run with `npm run conformance`. */
const some = [
  'keeps-its-seat',
  'lost-answer-to-a-checkout',
  'proof-following-key',
  'proof-licence-impostor',
  '404-of-a-stranger',
  '409-to-a-renewal',
  'server-dies-between-renewals',
  '307-once',
  'stale-term',
  'server-back-in-grace',
  'sleep-seat-free',
  'borrow-over-a-restart',
];

function programOf(path: string): string[] {
  const file = fileURLToPath(new URL(path, import.meta.url));
  return [process.execPath, '--disable-warning=ExperimentalWarning', file];
}

function byName(name: string) {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`the kit has no scenario ${name}`);
  return found;
}

/** What failed of these, with the reason. */
async function failuresOf(command: string[], names: readonly string[]): Promise<string[]> {
  const verdicts = await judgeAll(names.map(byName), command, jobs, () => undefined);
  const failed = verdicts.filter(({ result }) => result === 'failed');
  return failed.map(({ scenario, what }) => `${scenario.name}: ${what}`);
}

const python = spawnSync('python3', ['-c', 'import cryptography']);
const noPython = python.status === 0 ? null : 'there is no Python with the package cryptography';

describe('a scenario of each kind is passed by', () => {
  it('the project’s own client', async () => {
    const command = programOf('../../../conformance/clients/own-client.ts');
    expect(await failuresOf(command, some)).toEqual([]);
  });

  it('the example in Python', skipFor(noPython), async () => {
    const file = fileURLToPath(new URL('../../../docs/examples/client.py', import.meta.url));
    expect(await failuresOf(['python3', file], some)).toEqual([]);
  });
});

const plain = programOf('plain-client.ts');

it('a client without a fault passes what finds the faults of others', async () => {
  expect(await failuresOf(plain, [...new Set(Object.values(faults))])).toEqual([]);
});

it('a client with a fault fails', async () => {
  const names = Object.keys(faults) as Fault[];
  const waiting = names.values();
  const unfound: string[] = [];
  const worker = async (): Promise<void> => {
    for (const fault of waiting) {
      const { result, what } = await judge(byName(faults[fault]), [...plain, fault]);
      // One that does not even start has failed for another reason.
      if (result !== 'failed' || /ended with (status|SIG)|could not be started/.test(what)) {
        unfound.push(`${fault}: ${result} ${what}`);
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  expect(unfound).toEqual([]);
});

it('a program that is no client fails', async () => {
  const { result, what } = await judge(byName('keeps-its-seat'), ['echo', 'hello']);
  expect(result).toBe('failed');
  expect(what).toContain('hello');
});
