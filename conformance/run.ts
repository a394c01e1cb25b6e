// npm run conformance -- [--only WORD] [--jobs N] (--own | CLIENT [ARGUMENT…])
import { fileURLToPath } from 'node:url';
import { judgeAll, type Verdict } from './kit/judge.ts';
import { scenarios } from './scenarios/index.ts';

const usage = `npm run conformance -- [--only WORD] [--jobs N] CLIENT [ARGUMENT…]

Starts a client program against scripted servers, once for each of ${scenarios.length} scenarios, and
says where it does not do what docs/write-a-client.md asks for. docs/conformance.md
says what the program is told and has to say.

  --only WORD  only scenarios with this word in their name; may be repeated
  --jobs N     so many scenarios at a time (default: 6)
  --own        Understudy's own client in the place of CLIENT
  --list       says what the scenarios are, and runs none`;

interface Choice {
  only: string[];
  jobs: number;
  list: boolean;
  command: string[];
}

/** Null: it cannot be understood. */
function parse(args: readonly string[]): Choice | null {
  const choice: Choice = { only: [], jobs: 6, list: false, command: [] };
  const words = [...args];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--only') choice.only.push(words.shift() ?? '');
    else if (word === '--jobs') choice.jobs = Number(words.shift());
    else if (word === '--list') choice.list = true;
    else if (word === '--own') choice.command = ownClient();
    else if (word === '--') continue;
    else if (word.startsWith('--')) return null;
    else {
      choice.command = [word, ...words];
      break;
    }
  }
  const isSound = Number.isInteger(choice.jobs) && choice.jobs >= 1 && choice.jobs <= 64;
  return isSound && (choice.list || choice.command.length > 0) ? choice : null;
}

function ownClient(): string[] {
  const file = fileURLToPath(new URL('clients/own-client.ts', import.meta.url));
  return [process.execPath, '--disable-warning=ExperimentalWarning', file];
}

const width = Math.max(...scenarios.map(({ name }) => name.length));

function tell({ scenario, result, what, ms }: Verdict): void {
  const word = { passed: 'ok     ', failed: 'FAILED ', skipped: 'skipped' }[result];
  const seconds = `${(ms / 1000).toFixed(1)} s`.padStart(7);
  const first = `${word} ${scenario.name.padEnd(width)} ${seconds}`;
  console.log(
    result === 'passed' ? first : `${first}\n        ${scenario.what}.\n        ${what}.`,
  );
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return 0;
  }
  const choice = parse(args);
  if (!choice) {
    console.error(usage);
    return 2;
  }
  const { only, jobs, list, command } = choice;
  const chosen = scenarios.filter(
    ({ name }) => only.length === 0 || only.some((word) => name.includes(word)),
  );
  if (chosen.length === 0) {
    console.error(`No scenario has ${only.join(' or ')} in its name; --list says which there are.`);
    return 2;
  }
  if (list) {
    for (const { name, what } of chosen) console.log(`${name.padEnd(width)}  ${what}.`);
    return 0;
  }
  const verdicts = await judgeAll(chosen, command, jobs, tell);
  const count = (result: Verdict['result']) =>
    verdicts.filter((verdict) => verdict.result === result).length;
  const skipped = count('skipped') > 0 ? `, ${count('skipped')} skipped` : '';
  console.log(`\n${count('passed')} passed, ${count('failed')} failed${skipped}`);
  return count('failed') === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error('The kit itself failed, which says nothing of the client. Run it again.');
  console.error(error);
  return 3;
});
