import { type ChildProcess, spawn } from 'node:child_process';
import { z } from 'zod';
import { LineSplitter } from '../../src-main/admin/line-splitter.ts';
import { parseJson } from '../../src-shared/model/json.ts';
import type { VendorPublicKey } from '../../src-shared/model/vendor.ts';
import { Misconduct } from './misconduct.ts';

// How a client program is started and what it says: docs/conformance.md, "The program".

export interface CheckoutOrder {
  do: 'checkout';
  primary: string[];
  secondary: string[];
  fingerprints: string[];
  vendorKey: VendorPublicKey;
  product: string;
  feature: string;
  version: string;
  released: string;
  client: { instance: string; user: string; host: string };
  timeoutMs: number;
  graceSeconds: number;
  waitSeconds: number;
  borrowUntil?: string;
  /** Where the program may keep files, the same in a later run. */
  directory: string;
}

type Order = CheckoutOrder | { do: 'return' } | { do: 'leave' };

const stateSchema = z.enum(['held', 'retrying', 'grace', 'refused', 'lost', 'returned']);
export type StateName = z.infer<typeof stateSchema>;

/** States in which the application may run. */
const running = new Set<StateName>(['held', 'retrying', 'grace']);

const lineSchema = z.discriminatedUnion('state', [
  z.looseObject({ state: z.literal('held'), lease: z.string() }),
  z.looseObject({ state: stateSchema.exclude(['held']) }),
]);

export interface Told {
  state: StateName;
  lease: string | undefined;
  atMs: number;
}

/** Longest time that a program may take to end when it is told to, in milliseconds. */
const endsWithinMs = 15_000;

const lineBytesMax = 64 * 1024;
const stderrCharsMax = 4_000;

/** One run of the client that is judged. */
export class ClientProgram {
  readonly told: Told[] = [];
  readonly startedAtMs = Date.now();
  /** When it was told to give back or to leave, or its input ended. */
  endAskedAtMs = Infinity;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #fault: string | null = null;
  #ended: string | null = null;
  #stderr = '';
  #notice: () => void = () => undefined;

  constructor([program = '', ...args]: readonly string[]) {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Of its own group, so that it is stopped with all that it has started.
      detached: process.platform !== 'win32',
    });
    this.#child = child;
    const lines = new LineSplitter(lineBytesMax, (line) => this.#take(line));
    child.stdout.on('data', (chunk: Buffer) => {
      if (!lines.push(chunk)) this.#blame('it wrote a line of more than 64 KiB');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrCharsMax);
    });
    // It may end before it has read what it was told.
    child.stdin.on('error', () => undefined);
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#ended = `it could not be started: ${error.message}`;
        this.#notice();
        resolve();
      });
      child.once('close', (status, signal) => {
        this.#ended = status === 0 ? '' : `it ended with ${signal ?? `status ${status}`}`;
        this.#notice();
        resolve();
      });
    });
  }

  get last(): Told | undefined {
    return this.told.at(-1);
  }

  get mayRun(): boolean {
    return this.last !== undefined && running.has(this.last.state);
  }

  give(order: Order): void {
    if (order.do !== 'checkout') this.endAskedAtMs = Date.now();
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  /** Resolves when it has said what `look` waits for, with the first line of this run that fits. */
  async until(what: string, look: (told: Told) => boolean, withinMs: number): Promise<Told> {
    const endMs = Date.now() + withinMs;
    for (;;) {
      this.#complain();
      const found = this.told.find(look);
      if (found) return found;
      if (this.#ended !== null) throw new Misconduct(`it ended before ${what}${this.#aside()}`);
      const leftMs = endMs - Date.now();
      if (leftMs <= 0) throw new Misconduct(`${what}: not within ${withinMs} ms${this.#aside()}`);
      await this.#somethingSaid(leftMs);
    }
  }

  /** Watches for so long that it says nothing of that kind. */
  async never(what: string, look: (told: Told) => boolean, duringMs: number): Promise<void> {
    const endMs = Date.now() + duringMs;
    for (;;) {
      this.#complain();
      const found = this.told.find(look);
      if (found) throw new Misconduct(`${what}: it said ${describe(found)}`);
      const leftMs = endMs - Date.now();
      if (leftMs <= 0) return;
      await this.#somethingSaid(leftMs);
    }
  }

  /** Stops it where it stands, as a computer that falls asleep. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** Ends its input and waits for its end. */
  async end(): Promise<void> {
    this.endAskedAtMs = Math.min(this.endAskedAtMs, Date.now());
    this.#child.stdin?.end();
    let handle: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      handle = setTimeout(() => resolve('late'), endsWithinMs);
    });
    const first = await Promise.race([this.#exited, late]);
    clearTimeout(handle);
    if (first === 'late') {
      throw new Misconduct(`it did not end within ${endsWithinMs} ms after its input had ended`);
    }
    this.#complain();
    if (this.#ended !== '') throw new Misconduct(`${this.#ended ?? ''}${this.#aside()}`);
  }

  /** Whatever it is doing. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  #take(line: string): void {
    const parsed = lineSchema.safeParse(parseJson(line));
    if (!parsed.success) {
      this.#blame(`it wrote “${line.slice(0, 200)}”, which is none of the lines of the protocol`);
    } else {
      const { state, lease } = parsed.data;
      const id = typeof lease === 'string' ? lease : undefined;
      this.told.push({ state, lease: id, atMs: Date.now() });
    }
    this.#notice();
  }

  #blame(fault: string): void {
    this.#fault ??= fault;
    this.#notice();
  }

  #complain(): void {
    if (this.#fault !== null) throw new Misconduct(this.#fault);
  }

  #somethingSaid(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#notice = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #aside(): string {
    const said = this.told.map(describe).join(', ') || 'nothing';
    const stderr = this.#stderr.trim();
    const ended = this.#ended ? `; ${this.#ended}` : '';
    return ` (it said: ${said}${ended}${stderr === '' ? '' : `; on stderr: ${stderr.slice(-600)}`})`;
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#ended !== null) return;
    try {
      process.kill(process.platform === 'win32' ? pid : -pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

function describe({ state, lease }: Told): string {
  return lease === undefined ? state : `${state} ${lease.slice(0, 8)}`;
}
