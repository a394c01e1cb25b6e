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
    // Fields after the name, which is in parentheses and may hold anything: see proc_pid_stat(5).
    const stat = readFileSync(`${tasks}/${tid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    seconds.set(Number(tid), (Number(fields[11]) + Number(fields[12])) / ticksPerSecond);
  }
  return seconds;
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
}

export class CpuMeter {
  readonly #pid: number;
  #beganMs = performance.now();
  #before: Map<number, number>;
  #shares: CpuShares | undefined;

  constructor(pid: number) {
    this.#pid = pid;
    this.#before = readThreadSeconds(pid);
  }

  restart(): void {
    this.#beganMs = performance.now();
    this.#before = readThreadSeconds(this.#pid);
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
      total: mainThread + othersTotal,
    };
  }
}

/** Who was busy during a load, and what that says about the figure. */
export function describeLimit(shares: CpuShares | undefined, generatorPercent: number): string {
  const percent = (value: number) => `${Math.round(value)} %`;
  const generator = `load generator ${percent(generatorPercent)}`;
  if (shares === undefined) return generator;
  const cores = cpus().length;
  const busy = (shares.total + generatorPercent) / (cores * 100);
  const limit =
    shares.mainThread >= 85
      ? "the server's main thread"
      : busy >= 0.85
        ? `the ${cores} cores, which the load generator shares`
        : shares.busiestOther >= 85
          ? "the store's thread"
          : 'waiting: for the disk, the threads for each other, or the next request';
  return (
    `main thread ${percent(shares.mainThread)}, store thread ${percent(shares.busiestOther)}, ` +
    `other threads ${percent(shares.rest)}, ${generator} of a core; limited by ${limit}`
  );
}
