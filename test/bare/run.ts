// npm run test:bare [-- --only NAME --on SUITE]: both commands from nothing in minimal roots of Debian; a table.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BareCase, type Outcome, results, StepFailure, Tried } from './bare-case.ts';
import { freshCases } from './fresh-cases.ts';
import { interruptedCases } from './interrupted-cases.ts';
import { refusedCases } from './refused-cases.ts';

const cases = [...freshCases, ...refusedCases, ...interruptedCases];

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

process.exitCode = await main();

async function main(): Promise<number> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    console.error('Roots are made and mounted here: that takes root on Linux.');
    return 1;
  }
  const absent = findAbsentPrograms();
  if (absent.length > 0) {
    console.error(`First, as root: apt-get update && apt-get install ${absent.join(' ')}`);
    return 1;
  }
  const options = { only: { type: 'string', multiple: true }, on: { type: 'string' } } as const;
  const { values } = parseArgs({ options });
  const names = [...new Set(cases.map(({ name }) => name))];
  const unknown = values.only?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    console.error(`There is no “${unknown}”. There are: ${names.join(', ')}.`);
    return 2;
  }
  const outcomes: Outcome[] = [];
  const wanted = cases
    .filter(({ name }) => values.only?.includes(name) ?? true)
    .filter(({ suite }) => suite === (values.on ?? suite));
  if (wanted.length === 0) {
    console.error(`Nothing is tried on “${values.on}”: bookworm or trixie, or leave it out.`);
    return 2;
  }
  for (const bareCase of wanted) outcomes.push(...(await tryOne(bareCase)));
  return report(outcomes);
}

/** The packages of the programs that make roots and displays, and are not here. */
function findAbsentPrograms(): string[] {
  const packages = { debootstrap: 'debootstrap', Xvfb: 'xvfb', unshare: 'util-linux' };
  const folders = (process.env['PATH'] ?? '').split(':');
  return Object.entries(packages)
    .filter(([program]) => !folders.some((folder) => existsSync(join(folder, program))))
    .map(([, name]) => name);
}

async function tryOne(bareCase: BareCase): Promise<Outcome[]> {
  const at = new Tried(bareCase);
  const stop = () => {
    at.root.remove();
    process.exit(130);
  };
  for (const signal of stopSignals) process.on(signal, stop);
  try {
    await bareCase.run(at);
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    console.log(error.message);
  } finally {
    for (const signal of stopSignals) process.off(signal, stop);
    at.root.remove();
  }
  return at.outcomes;
}

function report(outcomes: Outcome[]): number {
  const width = (key: 'on' | 'what') => Math.max(...outcomes.map((outcome) => outcome[key].length));
  const [on, what] = [width('on'), width('what')];
  console.log(`\n${'on'.padEnd(on)}  ${'what was tried'.padEnd(what)}  seconds  `);
  for (const outcome of outcomes) {
    const seconds = outcome.seconds.toFixed(1).padStart(7);
    const result = outcome.failure === null ? 'ok' : 'FAILED';
    console.log(`${outcome.on.padEnd(on)}  ${outcome.what.padEnd(what)}  ${seconds}  ${result}`);
  }
  const failed = outcomes.filter(({ failure }) => failure !== null).length;
  console.log(`\nPictures of the windows are in ${results}.`);
  console.log(`${outcomes.length - failed} as they should be, ${failed} not`);
  return failed === 0 ? 0 : 1;
}
