// npm run simulate -- [--seeds N] [--from S] [--rule rows] [--trace] [--shrink]
import { parseArgs } from 'node:util';
import { addCoverage, createCoverage, uncovered } from './coverage.ts';
import { type RunResult, shrink, simulate, simulateRows } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    rule: { type: 'string', default: 'log' },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
  },
});
const from = Number(values.from);
const count = Number(values.seeds);
if (!Number.isSafeInteger(from) || !Number.isSafeInteger(count) || from < 1 || count < 1) {
  console.error('--seeds and --from take whole numbers from 1 on');
  process.exit(2);
}

const byRows = values.rule === 'rows';
const beganMs = performance.now();
const failed: RunResult[] = [];
/** Failing runs of which the shortest is looked for. */
const shrunkMax = 3;
let grants = 0;
let terms = 0;
let timeMs = 0;
let excusedMs = 0;
const coverage = createCoverage();
/** So many runs come to everything that can happen. */
const coveredBySeeds = 20_000;
for (let seed = from; seed < from + count; seed++) {
  const result = byRows ? simulateRows(seed) : simulate(seed);
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
console.log(
  `${count} seeds from ${from}: ${failed.length} failed; ${grants} leases granted in ${terms} ` +
    `terms, ${seconds} s. Replay one with --seeds 1 --from SEED --trace.`,
);
console.log(`${((100 * excusedMs) / timeMs).toFixed(1)} % of the simulated time had an excuse.`);
if (byRows) {
  const counts = Object.entries(coverage).map(([kind, times]) => `${kind} ${times}`);
  console.log(`Covered: ${counts.join(', ')}.`);
}
const never = byRows && count >= coveredBySeeds ? uncovered(coverage) : [];
if (never.length > 0) console.log(`This never happened: ${never.join(', ')}.`);
process.exitCode = failed.length > 0 || never.length > 0 ? 1 : 0;

function printShortest(result: RunResult): void {
  const shortest = shrink(result, 60, byRows);
  console.log(`${shortest.faults.length} of ${result.faults.length} faults are enough:`);
  console.log(shortest.trace.join('\n'));
}
