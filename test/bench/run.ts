// npm run bench [-- --only NAME]…: prints figures and writes them to bench-results.json.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type as systemType } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Benchmark, Figure } from './benchmark.ts';
import { checkouts } from './checkouts.ts';
import { hiddenWindow } from './hidden-window.ts';
import { idle } from './idle.ts';
import { join } from './join.ts';
import { memory } from './memory.ts';
import { renewals } from './renewals.ts';
import { replace } from './replace.ts';
import { replicatedCheckouts } from './replicated-checkouts.ts';
import { replicatedRenewals } from './replicated-renewals.ts';
import { rollingRestart } from './rolling-restart.ts';
import { startUp } from './start-up.ts';
import { switchover } from './switchover.ts';
import { takeover } from './takeover.ts';
import { windowOpening } from './window.ts';

const benchmarks: Benchmark[] = [
  checkouts,
  renewals,
  replicatedCheckouts,
  replicatedRenewals,
  takeover,
  switchover,
  rollingRestart,
  join,
  replace,
  startUp,
  windowOpening,
  hiddenWindow,
  memory,
  idle,
];
interface BenchmarkResult {
  name: string;
  title: string;
  /** Of the machine, just before. */
  loadAverage: number;
  figures: Figure[];
  failure?: string;
}

const resultsFile = 'bench-results.json';

process.exitCode = await main();

async function main(): Promise<number> {
  const chosen = choose(process.argv.slice(2));
  if (typeof chosen === 'string') {
    process.stderr.write(`${chosen}\n`);
    return 2;
  }
  if (!build()) return 1;
  const machine = describeMachine();
  say(`${machine.processor}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}`);
  const results: BenchmarkResult[] = [];
  let status = 0;
  for (const { name, title, run } of chosen) {
    say(`\n${name}: ${title} (load average before: ${loadAverage().toFixed(1)})`);
    const result: BenchmarkResult = { name, title, loadAverage: loadAverage(), figures: [] };
    results.push(result);
    try {
      for await (const figure of run()) {
        say(formatFigure(figure));
        result.figures.push(figure);
      }
    } catch (error) {
      result.failure = error instanceof Error ? error.message : String(error);
      say(`  failed: ${result.failure}`);
      status = 1;
    }
    const document = { at: new Date().toISOString(), version: __APP_VERSION__, machine, results };
    writeFileSync(resultsFile, `${JSON.stringify(document, null, 2)}\n`);
  }
  say(`\nWritten to ${resultsFile}`);
  return status;
}

/** Processes that wanted to run in the last minute: above 0 at the start, others disturb. */
function loadAverage(): number {
  return loadavg()[0] ?? 0;
}

function choose(args: string[]): Benchmark[] | string {
  const names = benchmarks.map(({ name }) => name).join(', ');
  const usage = `Usage: npm run bench [-- --only NAME]… with NAME one of ${names}`;
  let only: string[];
  try {
    const options = { only: { type: 'string', multiple: true } } as const;
    only = parseArgs({ args, options }).values.only ?? [];
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${usage}`;
  }
  const unknown = only.find((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown !== undefined) return `There is no benchmark "${unknown}".\n${usage}`;
  return only.length === 0 ? benchmarks : benchmarks.filter(({ name }) => only.includes(name));
}

function build(): boolean {
  const script = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
  return spawnSync(process.execPath, [script], { stdio: 'inherit' }).status === 0;
}

function describeMachine() {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown processor',
    cores: processors.length,
    memoryBytes: totalmem(),
    system: `${systemType()} ${release()}`,
    node: process.versions.node,
    electron: process.versions.electron ?? null,
  };
}

function formatFigure({ name, value, unit, note }: Figure): string {
  const digits = Math.abs(value) >= 100 ? 0 : 2;
  const number = value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `  ${name.padEnd(52)} ${number.padStart(10)} ${unit.padEnd(4)}${note ? `  (${note})` : ''}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
