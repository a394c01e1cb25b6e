// All stages, or those named: npm test -- unit e2e. Other words narrow a stage down, as in
// npm test -- unit ledger. Every stage runs, also after one has failed; the last line has the sum.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { bootstrap } from './bootstrap.mjs';
import { ensureBuilt } from './build.mjs';
import { check } from './check.mjs';
import { utf8Locale } from './locale.mjs';
import { inRoot, root } from './paths.mjs';
import { asNode, run } from './process.mjs';
import { runMain, statusOf } from './say.mjs';
import { addCounts, describeSum, findIdleWords, readReport } from './test-report.mjs';
import { printUsage } from './usage.mjs';

const vitestStages = ['unit', 'scenario', 'simulation', 'cluster', 'package'];
const stages = ['check', ...vitestStages, 'e2e'];
// Those that take long, or make a Windows or a Debian of up to 2 GB first, run only when they are asked for.
const namedStages = [...stages, 'site', 'windows', 'wine', 'wine-e2e', 'debian'];
const withWindow = ['package', 'e2e'];
const results = inRoot('test-results');
const nothing = { passed: 0, failed: 0, skipped: 0 };

/** The signal that asked for the end of it all: no further stage begins then. */
let stopSignal = null;

runMain(async () => {
  const words = process.argv.slice(2);
  if (printUsage('test', words)) return 0;
  const electron = await bootstrap({ needs: 'tests' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => (stopSignal ??= signal));
  }
  const { lacking } = electron;
  if (electron.folder === null) console.log(`Testing on Node ${process.versions.node}`);
  await mkdir(results, { recursive: true });
  const context = contextOf(electron, words);
  const rows = [await timed('build', buildStage)];
  const remarks = [];
  for (const stage of stagesIn(words)) {
    if (stopSignal !== null) break;
    console.log(`\n== ${stage}`);
    if (lacking.length > 0 && withWindow.includes(stage)) {
      rows.push({ stage, ...nothing, failed: 1, seconds: 0 });
      remarks.push(`failed   ${stage}: did not run, for want of ${lacking.join(' ')}`);
    } else {
      rows.push(await timed(stage, () => runStage(stage, context)));
    }
  }
  const idle = stopSignal === null ? findIdleWords(context.filters, filesOf(rows)) : [];
  if (idle.length > 0) {
    rows.push({ stage: 'selection', ...nothing, failed: 1, seconds: 0 });
    remarks.push(`failed   selection: no test file has “${idle.join('”, “')}” in its path`);
  }
  if (stopSignal !== null) remarks.push(`Stopped by ${stopSignal}; later stages did not run.`);
  console.log(describeSum(rows, remarks));
  if (stopSignal !== null) return statusOf(stopSignal);
  return rows.some(({ failed }) => failed > 0) ? 1 : 0;
});

function stagesIn(words) {
  const named = namedStages.filter((stage) => words.includes(stage));
  return named.length > 0 ? named : stages;
}

function contextOf({ binary, folder }, words) {
  const filters = words.filter((word) => !namedStages.includes(word));
  const env = { ...utf8Locale(), ELECTRON_RUN_AS_NODE: undefined };
  if (folder !== null) env.ELECTRON_OVERRIDE_DIST_PATH = folder;
  return { binary, env, filters };
}

const filesOf = (rows) => rows.flatMap(({ files }) => files ?? []);

async function timed(stage, work) {
  const begun = Date.now();
  const counts = await work();
  return { stage, ...counts, seconds: (Date.now() - begun) / 1000 };
}

async function buildStage() {
  try {
    await ensureBuilt();
    return nothing;
  } catch (error) {
    console.log(error.message);
    return { ...nothing, failed: 1 };
  }
}

async function runStage(stage, context) {
  if (stage === 'check') return { ...nothing, failed: (await check()).length };
  const shards = stage === 'e2e' ? shardsOf(context) : [undefined];
  return addCounts(await Promise.all(shards.map((shard) => runPart(stage, context, shard))));
}

async function runPart(stage, context, shard) {
  const output = inRoot('test-results', `${stage}${shard ? `-${shard.number}` : ''}.json`);
  await rm(output, { force: true });
  const status = await runnerOf(stage)(stage, output, { ...context, shard });
  const answer = await readFile(output, 'utf8').catch(() => null);
  if (answer === null)
    console.log(`\nThe runner of ${stage} ended with status ${status}, without a report.`);
  const counts = answer === null ? nothing : readReport(stage, JSON.parse(answer), root);
  // A runner that breaks down outside a test has failed as well.
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/**
 * Half of the tests of the window each on a screen and a session bus of their own, since one of them waits
 * most of the time; where there is but the screen of the user, and of a few tests, all of them one by one.
 */
function shardsOf({ filters }) {
  const isSplit = process.platform === 'linux' && filters.length === 0;
  const of = isSplit ? 2 : 1;
  return Array.from({ length: of }, (_, at) => ({ number: at + 1, of }));
}

function runnerOf(stage) {
  switch (stage) {
    case 'e2e':
      return playwright;
    case 'wine':
      return underWine('run-unit-tests');
    case 'wine-e2e':
      return underWine('run-specs');
    default:
      return vitest;
  }
}

// Only where words narrow it down may a stage have no tests.
function vitest(stage, output, { binary, env, filters }) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
  const program = inRoot('node_modules/vitest/vitest.mjs');
  const narrowed = filters.length > 0 ? ['--passWithNoTests', ...filters] : [];
  const projects = stage === 'cluster' ? ['cluster', 'cluster-alone'] : [stage];
  const chosen = projects.flatMap((project) => ['--project', project]);
  const args = [program, 'run', ...chosen, ...reporters, ...narrowed];
  return run(binary, args, { env: { ...env, ...asNode }, group: true });
}

function underWine(program) {
  return (_stage, output, { binary, env, filters }) => {
    const args = ['--disable-warning=ExperimentalWarning', inRoot(`test/wine/${program}.ts`)];
    return run(binary, [...args, output, ...filters], { env: { ...env, ...asNode }, group: true });
  };
}

function playwright(stage, output, { env, filters, shard: { number, of } }) {
  const program = inRoot('node_modules/@playwright/test/cli.js');
  const narrowed = filters.length > 0 ? ['--pass-with-no-tests', ...filters] : [];
  const own = [
    `--shard=${number}/${of}`,
    `--output=${inRoot('test-results', `${stage}-${number}`)}`,
  ];
  const command = [process.execPath, program, 'test', ...own, ...narrowed];
  if (process.platform === 'linux') {
    const screen = [`--server-num=${number * 100}`, '-a', '--server-args=-screen 0 1600x1000x24'];
    command.unshift('xvfb-run', ...screen, 'dbus-run-session', '--');
  }
  const [first, ...rest] = command;
  const report = { PLAYWRIGHT_JSON_OUTPUT_FILE: output };
  // Playwright ends the applications that it started at a SIGINT only.
  return run(first, rest, { env: { ...env, ...report }, group: true, groupSignal: 'SIGINT' });
}
