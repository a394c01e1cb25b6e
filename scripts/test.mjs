// All stages, or those named: npm test -- unit e2e. Other words narrow a stage down, as in
// npm test -- unit ledger. Every stage runs, also after one has failed; the last line has the sum.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { bootstrap } from './bootstrap.mjs';
import { ensureBuilt } from './build.mjs';
import { check } from './check.mjs';
import { describeElectron } from './electron.mjs';
import { inRoot } from './paths.mjs';
import { asNode, run } from './process.mjs';
import { runMain } from './say.mjs';

const vitestStages = ['unit', 'scenario', 'simulation', 'cluster', 'package'];
const stages = ['check', ...vitestStages, 'e2e'];
const results = inRoot('test-results');

runMain(async () => {
  const words = process.argv.slice(2);
  const named = stages.filter((stage) => words.includes(stage));
  const filters = words.filter((word) => !stages.includes(word));
  const electron = await bootstrap({ tests: true, quiet: true });
  const env = { ELECTRON_OVERRIDE_DIST_PATH: electron.folder, ELECTRON_RUN_AS_NODE: undefined };
  console.log(`Testing on ${await describeElectron(electron)}`);
  await mkdir(results, { recursive: true });
  const rows = [await buildStage()];
  for (const stage of named.length > 0 ? named : stages) {
    console.log(`\n== ${stage}`);
    const begun = Date.now();
    const counts = await runStage(stage, { binary: electron.binary, env, filters });
    rows.push({ stage, ...counts, seconds: (Date.now() - begun) / 1000 });
  }
  return report(rows);
});

async function buildStage() {
  const begun = Date.now();
  let failed = 0;
  try {
    await ensureBuilt();
  } catch (error) {
    console.log(error.message);
    failed = 1;
  }
  return { stage: 'build', passed: 0, failed, skipped: 0, seconds: (Date.now() - begun) / 1000 };
}

async function runStage(stage, context) {
  if (stage === 'check') return { passed: 0, failed: (await check()).length, skipped: 0 };
  const output = inRoot('test-results', `${stage}.json`);
  await rm(output, { force: true });
  const status = await (stage === 'e2e' ? playwright(context) : vitest(stage, output, context));
  const answer = await readFile(output, 'utf8').catch(() => null);
  if (answer === null)
    console.log(`\nThe runner of ${stage} ended with status ${status}, without a report.`);
  const counts = answer === null ? nothing : count(stage, JSON.parse(answer));
  // A runner that breaks down outside a test has failed as well.
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

const nothing = { passed: 0, failed: 0, skipped: 0 };

function vitest(stage, output, { binary, env, filters }) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
  const program = inRoot('node_modules/vitest/vitest.mjs');
  const args = [program, 'run', '--project', stage, ...reporters, ...filters];
  return run(binary, args, { env: { ...env, ...asNode } });
}

function playwright({ env, filters }) {
  const program = inRoot('node_modules/@playwright/test/cli.js');
  const command = [process.execPath, program, 'test', '--pass-with-no-tests', ...filters];
  if (process.platform === 'linux') {
    const screen = ['-a', '--server-args=-screen 0 1600x1000x24'];
    command.unshift('xvfb-run', ...screen, 'dbus-run-session', '--');
  }
  const [first, ...rest] = command;
  return run(first, rest, { env });
}

function count(stage, answer) {
  if (stage === 'e2e') {
    const { expected, unexpected, flaky, skipped } = answer.stats;
    return { passed: expected, failed: unexpected + flaky, skipped };
  }
  const brokenFiles = answer.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return {
    passed: answer.numPassedTests,
    failed: answer.numFailedTests + brokenFiles.length,
    skipped: answer.numPendingTests + answer.numTodoTests,
  };
}

function report(rows) {
  console.log('\nstage        passed  failed  skipped  seconds');
  for (const { stage, passed, failed, skipped, seconds } of rows) {
    const numbers = [passed, failed, skipped].map((n) => String(n).padStart(7)).join(' ');
    console.log(`${stage.padEnd(11)} ${numbers}  ${seconds.toFixed(1).padStart(7)}`);
  }
  const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return sum('failed') === 0 ? 0 : 1;
}
