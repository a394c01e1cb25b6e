import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const fromSource = [
  '--disable-warning=ExperimentalWarning',
  '--import',
  inRoot('scripts/app-version.mjs'),
  inRoot('src-main/cli.ts'),
];

/** `understudy ARGS` from the sources, in a home directory of its own. */
export class CliProcess {
  readonly child: ChildProcess;
  readonly #closed: Promise<number | NodeJS.Signals>;
  readonly #waiting = new Set<() => void>();
  stdout = '';
  stderr = '';

  /** `under`: what starts a program on another host. */
  constructor(home: string, args: string[], under: readonly string[] = []) {
    const { UNDERSTUDY_CONFIG: _, ...env } = process.env;
    const [program = process.execPath, ...rest] = [...under, process.execPath];
    this.child = spawn(program, [...rest, ...fromSource, ...args], {
      cwd: home,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...env,
        ELECTRON_RUN_AS_NODE: '1',
        HOME: home,
        XDG_CONFIG_HOME: home,
        LOCALAPPDATA: home,
      },
    });
    this.child.stdin?.on('error', () => undefined);
    this.child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      this.stdout += part;
      for (const check of this.#waiting) check();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      this.stderr += part;
    });
    this.#closed = once(this.child, 'close').then(
      ([code, signal]: (number | NodeJS.Signals | null)[]) => code ?? signal ?? -1,
    );
  }

  /** The exit status, or the signal that ended it, when everything it wrote was read. */
  exited(): Promise<number | NodeJS.Signals> {
    return this.#closed;
  }

  /** Resolves when stdout has this text; rejects when it ends without it. */
  async says(text: string): Promise<void> {
    const said = new Promise<void>((resolve) => {
      const check = () => {
        if (this.stdout.includes(text)) resolve();
      };
      this.#waiting.add(check);
      check();
    });
    const ended = this.#closed.then((status) => {
      if (this.stdout.includes(text)) return;
      throw new Error(`it ended with ${status} and said: ${this.stdout}${this.stderr}`);
    });
    await Promise.race([said, ended]);
  }

  write(text: string): void {
    this.child.stdin?.write(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#closed;
  }
}
