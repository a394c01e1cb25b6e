import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { waitFor } from '../support/wait-for.ts';
import { type InRootOptions, inWindowsRoot, machines, prepareRoot } from './windows-root.ts';

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions extends InRootOptions {
  stdin?: string;
  /** Longest time that it may take; 100 s unless told. */
  withinMs?: number;
}

export interface WindowsMachineOptions {
  /** What starts a program on its network; on that of this machine unless told. */
  under?: string[];
}

const runWithinMs = 100_000;

/** A Windows of its own (a wine prefix), until it is removed. */
export class WindowsMachine {
  readonly #name: string;
  readonly #under: string[];
  readonly #folder: string;
  /** The folder of drive C: as this machine sees it. */
  readonly driveC: string;
  #runs = 0;

  constructor({ under = [] }: WindowsMachineOptions = {}) {
    prepareRoot();
    const folder = mkdtempSync(join(machines, 'machine-'));
    this.#name = basename(folder);
    this.#folder = folder;
    this.#under = under;
    rmSync(folder, { recursive: true });
    // Links and times as they are: wine sets up anew what looks older than itself.
    spawnSync('cp', ['-a', join(machines, 'template'), folder]);
    this.driveC = join(folder, 'drive_c');
  }

  /** Ends all that runs there, and deletes it. */
  async remove(): Promise<void> {
    await this.powerOff();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  /** Copies a file or a folder of this machine to a path such as `Program Files/Understudy`. */
  put(from: string, to: string): void {
    cpSync(from, this.path(to), { recursive: true });
  }

  write(path: string, content: string): void {
    mkdirSync(join(this.path(path), '..'), { recursive: true });
    writeFileSync(this.path(path), content);
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  /** The path of this machine to one on drive C:, with slashes. */
  path(onDriveC: string): string {
    return join(this.driveC, onDriveC);
  }

  /** Runs a program for Windows by its path there or its name, and waits for its end. */
  async run(program: string, args: string[] = [], options: RunOptions = {}): Promise<Ran> {
    return this.#runInRoot(['wine', program, ...args], options);
  }

  /** The command of this machine that runs a program for Windows there. */
  commandFor(program: string, args: readonly string[], options: InRootOptions): string[] {
    const inRoot = inWindowsRoot(this.#name, ['wine', program, ...args], options);
    return [...this.#under, ...inRoot];
  }

  /** Runs one that must succeed; resolves to what it prints. */
  async do(program: string, ...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(program, args);
    if (status === 0) return stdout;
    throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`);
  }

  /** As a power cut does: nothing of it has time for anything. */
  async powerOff(): Promise<void> {
    await this.#runInRoot(['wineserver', '--kill']);
    await this.#runInRoot(['wineserver', '--wait']);
  }

  /** Starts what starts with the system; nobody is logged on. */
  async boot(): Promise<void> {
    await this.#runInRoot(['wineboot']);
  }

  async makeService(name: string, commandLine: string, start: 'auto' | 'demand'): Promise<void> {
    await this.do('sc', 'create', name, 'binPath=', commandLine, 'start=', start);
  }

  async setRegistry(key: string, name: string, value: string): Promise<void> {
    await this.do('reg', 'add', key, '/v', name, '/d', value, '/f');
  }

  /** From the next start of the system on it is started by nobody. */
  async disableService(name: string): Promise<void> {
    const key = `HKLM\\SYSTEM\\CurrentControlSet\\Services\\${name}`;
    await this.do('reg', 'add', key, '/v', 'Start', '/t', 'REG_DWORD', '/d', '4', '/f');
  }

  async serviceState(name: string): Promise<string> {
    const { stdout } = await this.run('sc', ['query', name]);
    return /STATE\s*:\s*\d+\s+(\w+)/.exec(stdout)?.[1] ?? stdout;
  }

  async untilService(name: string, state: 'RUNNING' | 'STOPPED'): Promise<void> {
    await waitFor(`the service ${name} is ${state}`, async () => {
      return (await this.serviceState(name)) === state;
    });
  }

  // Its output goes into files: what it leaves running would hold a pipe open.
  async #runInRoot(
    args: string[],
    { stdin = '', withinMs = runWithinMs, ...inRoot }: RunOptions = {},
  ): Promise<Ran> {
    const base = join(machines, `${this.#name}.${++this.#runs}`);
    const files = ['in', 'out', 'err'].map((name) => `${base}.${name}`);
    const [input = '', output = '', errors = ''] = files;
    writeFileSync(input, stdin);
    const handles = [openSync(input, 'r'), openSync(output, 'w'), openSync(errors, 'w')];
    const [command = '', ...rest] = [...this.#under, ...inWindowsRoot(this.#name, args, inRoot)];
    const child = spawn(command, rest, { stdio: handles, timeout: withinMs });
    for (const handle of handles) closeSync(handle);
    const [code] = (await once(child, 'exit')) as [number | null];
    const ran = {
      status: code ?? -1,
      stdout: readFileSync(output, 'utf8'),
      stderr: readFileSync(errors, 'utf8'),
    };
    for (const file of files) rmSync(file);
    return ran;
  }
}
