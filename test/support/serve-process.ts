import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** `serve` from the sources, on the runtime that runs the tests. */
function fromSource(version: string | undefined): string[] {
  const module =
    version === undefined
      ? inRoot('scripts/app-version.mjs')
      : `data:text/javascript,globalThis.__APP_VERSION__="${version}"`;
  return [
    '--disable-warning=ExperimentalWarning',
    ...['--import', module, inRoot('src-main/serve.ts')],
  ];
}

/** `serve` as it was built. */
export const builtServe = inRoot('dist/main/serve.js');

export interface ReadyLine {
  id: string;
  name: string;
  port: number;
  address: string;
}

export interface ServeOptions {
  /** Arguments beside `--data-dir`; by default `--listen 127.0.0.1:0`. */
  args?: string[];
  /** Leave mDNS on. */
  mdns?: boolean;
  /** A program and its arguments that start the server, such as `prlimit`. */
  under?: string[];
  /** Run what was built and not the sources. */
  built?: boolean;
  /** What it says its version is, run from the sources; package.json's unless told. */
  version?: string;
  /** Electron's program where another one runs the tests. */
  runtime?: string;
}

/** A real `serve` process. Nothing of it is awaited but what a caller asks for. */
export class ServeProcess {
  readonly child: ChildProcess;
  readonly #exited: Promise<number | NodeJS.Signals>;
  readonly #ready: Promise<ReadyLine>;
  #stderr = '';
  #stdout = '';
  readonly #waiting = new Set<() => void>();

  constructor(dataDirectory: string, options: ServeOptions = {}) {
    const args = [...(options.args ?? ['--listen', '127.0.0.1:0'])];
    if (!options.mdns) args.unshift('--no-mdns');
    const program = options.built ? [builtServe] : fromSource(options.version);
    const runtime = options.runtime ?? process.execPath;
    const line = [...(options.under ?? []), runtime, ...program];
    const [command = runtime, ...rest] = line;
    this.child = spawn(command, [...rest, '--data-dir', dataDirectory, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    });
    this.#exited = once(this.child, 'exit').then(
      ([code, signal]: (number | NodeJS.Signals | null)[]) => code ?? signal ?? -1,
    );
    this.child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      this.#stderr += part;
      for (const check of this.#waiting) check();
    });
    this.#ready = this.#readReadyLine();
    this.#ready.catch(() => undefined);
  }

  get stderr(): string {
    return this.#stderr;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** The `ready` line; rejects with what the server said when it ended before. */
  ready(): Promise<ReadyLine> {
    return this.#ready;
  }

  exited(): Promise<number | NodeJS.Signals> {
    return this.#exited;
  }

  /** Resolves when stderr has this text; rejects when the server ends without it. */
  async saysOnStderr(text: string | RegExp): Promise<void> {
    const found = () =>
      typeof text === 'string' ? this.#stderr.includes(text) : text.test(this.#stderr);
    const said = new Promise<void>((resolve) => {
      const check = () => {
        if (found()) resolve();
      };
      this.#waiting.add(check);
      check();
    });
    await Promise.race([
      said,
      once(this.child, 'close').then(() => {
        if (!found()) throw new Error(`the server ended and said only: ${this.#stderr}`);
      }),
    ]);
  }

  /** Sends SIGTERM and resolves to the exit status. */
  stop(): Promise<number | NodeJS.Signals> {
    this.child.kill('SIGTERM');
    return this.#exited;
  }

  /** kill -9. */
  kill(): Promise<number | NodeJS.Signals> {
    this.child.kill('SIGKILL');
    return this.#exited;
  }

  async #readReadyLine(): Promise<ReadyLine> {
    if (!this.child.stdout) throw new Error('no stdout');
    for await (const line of createInterface({ input: this.child.stdout })) {
      this.#stdout += `${line}\n`;
      if (line.startsWith('ready ')) return JSON.parse(line.slice('ready '.length)) as ReadyLine;
    }
    throw new Error(`the server ended before it was ready: ${this.#stderr}`);
  }
}
