import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Ticks of the kernel's processor-time accounting in a second, on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Processor seconds of a process by thread; empty where the system has no /proc. */
export function readThreadSeconds(pid: number): Map<number, number> {
  const seconds = new Map<number, number>();
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return seconds;
  for (const tid of readdirSync(tasks)) {
    seconds.set(Number(tid), readSeconds(`${tasks}/${tid}/stat`));
  }
  return seconds;
}

/** Fields after the name, which is in parentheses and may hold anything: see proc_pid_stat(5). */
function readSeconds(statFile: string): number {
  const stat = readFileSync(statFile, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Processor seconds of a process with all its threads, of which each alone would be rounded down. */
function readProcessSeconds(pid: number): number {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) ? readSeconds(stat) : 0;
}

/** Memory that a process holds, in megabytes (10^6); undefined where the system has no /proc. */
export function readResidentMegabytes(pid: number): number | undefined {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return undefined;
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1];
  return kilobytes === undefined ? undefined : (Number(kilobytes) * 1_024) / 1e6;
}

/** Processor use over a span, in percent of one core. */
export interface CpuShares {
  mainThread: number;
  /** The busiest other thread: the store's worker, under load. */
  busiestOther: number;
  rest: number;
  total: number;
  /** The whole machine, of which a hundred times its cores is the most. */
  machine: number;
}

export class CpuMeter {
  readonly #pid: number;
  #beganMs = performance.now();
  #before: Map<number, number>;
  #totalBefore: number;
  #machineBefore = readMachineSeconds();
  #shares: CpuShares | undefined;

  constructor(pid: number) {
    this.#pid = pid;
    this.#before = readThreadSeconds(pid);
    this.#totalBefore = readProcessSeconds(pid);
  }

  restart(): void {
    this.#beganMs = performance.now();
    this.#before = readThreadSeconds(this.#pid);
    this.#totalBefore = readProcessSeconds(this.#pid);
    this.#machineBefore = readMachineSeconds();
  }

  /** What was used between the start and the stop; undefined where the system does not tell. */
  get shares(): CpuShares | undefined {
    return this.#shares;
  }

  stop(): void {
    this.#shares = this.#read();
  }

  #read(): CpuShares | undefined {
    const after = readThreadSeconds(this.#pid);
    if (after.size === 0) return undefined;
    const span = (performance.now() - this.#beganMs) / 1_000;
    let mainThread = 0;
    const others: number[] = [];
    for (const [tid, seconds] of after) {
      const percent = ((seconds - (this.#before.get(tid) ?? 0)) / span) * 100;
      if (tid === this.#pid) mainThread = percent;
      else others.push(percent);
    }
    const busiestOther = Math.max(0, ...others);
    const othersTotal = others.reduce((sum, percent) => sum + percent, 0);
    return {
      mainThread,
      busiestOther,
      rest: othersTotal - busiestOther,
      total: ((readProcessSeconds(this.#pid) - this.#totalBefore) / span) * 100,
      machine: ((readMachineSeconds() - this.#machineBefore) / span) * 100,
    };
  }
}

/** Who was busy during a load, and what that says about the figure. */
export function describeLimit(shares: CpuShares | undefined, generatorPercent: number): string {
  const percent = (value: number) => `${Math.round(value)} %`;
  const generator = `load generator ${percent(generatorPercent)}`;
  if (shares === undefined) return generator;
  return (
    `main thread ${percent(shares.mainThread)}, store thread ${percent(shares.busiestOther)}, ` +
    `other threads ${percent(shares.rest)}, ${generator}, everything else ` +
    `${percent(Math.max(0, shares.machine - shares.total - generatorPercent))} of a core; ` +
    `limited by ${findLimit(shares, generatorPercent)}`
  );
}

function findLimit(shares: CpuShares, generatorPercent: number): string {
  const machineMax = cpus().length * 100;
  const others = shares.machine - shares.total - generatorPercent;
  if (shares.mainThread >= 85) return "the server's main thread";
  if (shares.busiestOther >= 85) return "the store's thread";
  if (shares.machine >= 0.85 * machineMax) {
    return others > 0.2 * machineMax
      ? 'other programs on this machine'
      : `the ${cpus().length} cores, which the load generator shares`;
  }
  return 'waiting: for the disk, the threads for each other, or the next request';
}

/** Processor seconds of the whole machine in which it was not idle. */
function readMachineSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + (times.user + times.nice + times.sys) / 1_000, 0);
}
