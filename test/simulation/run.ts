// npm run simulate -- [--seeds N] [--from S] [--rule continuity|majority|pool|mains] [--servers N|2+W]
//   [--trace] [--shrink]; the rules pool and mains are of several ledgers on the same servers
import { parseArgs } from 'node:util';
import { addCoverage, createCoverage, uncovered } from './coverage.ts';
import { isTogether, type Rule, type RunResult, shapeOf, shrink, simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    rule: { type: 'string' },
    servers: { type: 'string' },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
  },
});

/** Seeds after which a shape that was asked for must have come. */
const seedsTried = 100;

/** Failing runs of which the shortest is looked for. */
const shrunkMax = 3;

/** So many runs of a rule come to everything that can happen. */
const coveredBySeeds = 5_000;

const from = wholeNumber('--from', values.from);
const count = wholeNumber('--seeds', values.seeds);
const results = rulesAsked().map((rule) => runAll(rule));
process.exitCode = results.every(Boolean) ? 0 : 1;

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) fail(`${option} takes a whole number from 1 on`);
  return number;
}

function rulesAsked(): Rule[] {
  const rules: Rule[] = ['continuity', 'majority', 'pool', 'mains'];
  const asked = rules.filter((rule) => values.rule === undefined || values.rule === rule);
  if (asked.length === 0) fail(`--rule takes ${rules.join(' or ')}`);
  const fit = asked.filter((rule) => seedsOf(rule, 1).length > 0);
  if (fit.length === 0)
    fail(`no run has ${values.servers ?? ''} servers under ${asked.join(' or ')}`);
  return fit;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

/** The next seeds that have the shape which was asked for; none when no seed does. */
function seedsOf(rule: Rule, countMax: number): number[] {
  const seeds: number[] = [];
  let tried = 0;
  for (let seed = from; seeds.length < countMax && tried < seedsTried; seed++, tried++) {
    if (values.servers !== undefined && shapeOf(rule, seed) !== values.servers) continue;
    seeds.push(seed);
    tried = 0;
  }
  return seeds;
}

/** True: no run failed, and of many runs everything happened that can. */
function runAll(rule: Rule): boolean {
  const beganMs = performance.now();
  const failed: RunResult[] = [];
  const coverage = createCoverage();
  let grants = 0;
  let terms = 0;
  let timeMs = 0;
  let excusedMs = 0;
  for (const seed of seedsOf(rule, count)) {
    const result = simulate(rule, seed);
    grants += result.grants;
    terms += result.terms;
    timeMs += result.timeMs;
    excusedMs += result.excusedMs;
    addCoverage(coverage, result.coverage);
    if (result.violations.length > 0) {
      failed.push(result);
      console.log(`seed ${seed}: ${result.violations.join('; ')}`);
      if (values.shrink && failed.length <= shrunkMax) printShortest(result);
    }
    if (values.trace) console.log(result.trace.join('\n'));
  }
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(0);
  const servers = values.servers === undefined ? '' : ` with ${values.servers} servers`;
  console.log(
    `${rule}${servers}: ${count} seeds from ${from}, ${failed.length} failed; ${grants} leases granted in ` +
      `${terms} terms, ${seconds} s. Replay one with --rule ${rule} --seeds 1 --from SEED --trace.`,
  );
  console.log(`${((100 * excusedMs) / timeMs).toFixed(1)} % of the simulated time had an excuse.`);
  const counts = Object.entries(coverage).map(([kind, times]) => `${kind} ${times}`);
  console.log(`Covered: ${counts.join(', ')}.`);
  const never = count >= coveredBySeeds ? uncovered(coverage, isTogether(rule) ? rule : 'one') : [];
  if (never.length > 0) console.log(`This never happened: ${never.join(', ')}.`);
  return failed.length === 0 && never.length === 0;
}

function printShortest(result: RunResult): void {
  const shortest = shrink(result);
  console.log(`${shortest.faults.length} of ${result.faults.length} faults are enough:`);
  console.log(shortest.trace.join('\n'));
}
