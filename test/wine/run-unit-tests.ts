import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { WindowsMachine } from '../windows/windows-machine.ts';
import { whyNoWindows } from '../windows/windows-root.ts';
import { atTheEnd, endAfter } from './left-behind.ts';
import { excuseOf, whyNotRun } from './not-for-windows.ts';
import { brokenFile, type FileReport, readVitestReport, skippedFile } from './vitest-report.ts';
import { makeWindowsCheckout, type WindowsCheckout } from './windows-checkout.ts';

// The unit tests on Electron's Node for Windows, under wine: a folder of them at a time, each on a
// Windows of its own. Called with the path of the report to write, which is as Vitest's are, and with
// words that the paths of the tests must have one of.

const [output = '', ...words] = process.argv.slice(2);
const missing = whyNoWindows();
/** A folder of tests that takes longer hangs; on a busy machine one may take a quarter of an hour. */
const folderWithinMs = 45 * 60_000;
const files = readdirSync('test/unit', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();
/** Without Vite between them and their modules: under wine each look at a file is slow. */
const vitest = [
  ...['--import', './scripts/app-version.mjs', 'node_modules\\vitest\\vitest.mjs', 'run'],
  ...['--project', 'unit', '--experimental.viteModuleRunner=false'],
  // Processes would talk by pipes that Node cannot use there.
  '--pool=threads',
  ...['--reporter=json', '--outputFile=C:\\report.json'],
];

await endAfter(async () => {
  const reports =
    missing === null ? await runAll() : files.map((file) => skippedFile(file, missing));
  writeFileSync(output, JSON.stringify({ testResults: reports.map(atHome) }));
  return reports.some(({ status }) => status === 'failed') ? 1 : 0;
});

async function runAll(): Promise<FileReport[]> {
  const all: FileReport[] = [];
  const checkout = await makeWindowsCheckout();
  atTheEnd(() => checkout.remove());
  for (const folder of new Set(files.map(folderOf))) {
    const own = files.filter((file) => folderOf(file) === folder);
    const run = own.filter((file) => whyNotRun(file) === undefined);
    const begunMs = performance.now();
    const found = run.length === 0 ? [] : await runFolder(run, checkout);
    all.push(...own.flatMap(skipped), ...found);
    if (run.length > 0) say(folder, found, performance.now() - begunMs);
  }
  return all;
}

function folderOf(file: string): string {
  return file.split('/', 1)[0] ?? '';
}

function skipped(file: string): FileReport[] {
  const reason = whyNotRun(file);
  return reason === undefined ? [] : [skippedFile(file, reason)];
}

async function runFolder(
  own: readonly string[],
  { overlay, electron }: WindowsCheckout,
): Promise<FileReport[]> {
  const machine = new WindowsMachine();
  const remove = atTheEnd(() => machine.remove());
  const ran = await machine.run(electron, [...vitest, ...own.map((file) => `test/unit/${file}`)], {
    checkout: overlay,
    directory: '/w/checkout',
    environment: { ELECTRON_RUN_AS_NODE: '1' },
    withinMs: folderWithinMs,
  });
  const report = machine.path('report.json');
  const text = existsSync(report) ? readFileSync(report, 'utf8') : null;
  await remove();
  if (text !== null) return readVitestReport(text, own, excuseOf);
  const said = `${ran.stdout}${ran.stderr}`.trim().slice(-2_000);
  const message = `The runner ended with ${ran.status} and without a report: ${said}`;
  return own.map((file) => brokenFile(file, message));
}

function say(folder: string, found: readonly FileReport[], tookMs: number): void {
  const tests = found.flatMap(({ assertionResults }) => assertionResults);
  console.log(`${folder}: ${tests.length} tests in ${(tookMs / 1000).toFixed(0)} s`);
  for (const { name, status, message, assertionResults } of found) {
    if (status === 'failed') console.log(`  failed  ${name} ${message}`);
    for (const test of assertionResults.filter((one) => one.status === 'failed')) {
      console.log(`  failed  ${test.fullName}\n${test.failureMessages?.join('\n') ?? ''}`);
    }
  }
}

function atHome(report: FileReport): FileReport {
  return { ...report, name: resolve('test/unit', report.name) };
}
