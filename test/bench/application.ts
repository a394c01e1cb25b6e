import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const answersWithinMs = 30_000;

/** The application, started as an admin would, with Chromium's debugging protocol to look into its window. */
export class BenchApplication {
  readonly #process: ChildProcess;
  readonly #dataDirectory: string;
  readonly #exited: Promise<unknown>;
  #stderr = '';

  /** On a display of its own where there is none, and on a session bus of its own unless one is given. */
  constructor(dataDirectory: string, { busAddress }: { busAddress?: string } = {}) {
    this.#dataDirectory = dataDirectory;
    const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
    const command = [
      process.execPath,
      ...(process.platform === 'linux' ? ['--no-sandbox', '--disable-gpu'] : []),
      resolve(import.meta.dirname, '../..'),
      `--user-data-dir=${dataDirectory}`,
      '--remote-debugging-port=0',
      '--inspect=127.0.0.1:0',
      '--remote-allow-origins=*',
    ];
    const bare = process.platform === 'linux' && env['DISPLAY'] === undefined;
    const bus = busAddress === undefined ? ['dbus-run-session', '--'] : [];
    const wrapped = bare ? ['xvfb-run', '-a', ...bus, ...command] : command;
    const [program = '', ...args] = wrapped;
    this.#process = spawn(program, args, {
      env: { ...env, ...(busAddress !== undefined && { DBUS_SESSION_BUS_ADDRESS: busAddress }) },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#exited = once(this.#process, 'exit');
  }

  /** Asks the page until it shows this. */
  async waitForText(text: string): Promise<void> {
    const expression = `document.body?.innerText.includes(${JSON.stringify(text)})`;
    await this.#withPage((evaluate) =>
      until(async () => ((await evaluate(expression)) === true ? true : undefined)),
    );
  }

  /** Closes the window as a click on its cross does: by the debugger of the main process. */
  async closeWindow(): Promise<void> {
    const address = await until(async () => /ws:\/\/127\.0\.0\.1:\S+/.exec(this.#stderr)?.[0]);
    const electron = "process.getBuiltinModule('module').createRequire('/')('electron')";
    const expression = `${electron}.BrowserWindow.getAllWindows()[0].close(), true`;
    await withDebugger(address, async (evaluate) => {
      if ((await evaluate(expression)) !== true) throw new Error('The window could not be closed');
    });
  }

  /** Processes of the application by what Chromium calls them; its first one is `browser`. */
  processes(): { kind: string; pid: number }[] {
    return descendants(this.#process.pid ?? 0).flatMap((pid) => {
      const words = readWords(pid);
      if (!words.some((word) => word.startsWith('--user-data-dir='))) return [];
      const valueOf = (name: string) =>
        words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
      if (words[0]?.endsWith('xvfb-run') || words[0]?.endsWith('sh')) return [];
      const kind = valueOf('utility-sub-type') ?? valueOf('type') ?? 'browser';
      return kind === 'zygote' ? [] : [{ kind, pid }];
    });
  }

  async end(): Promise<void> {
    // The whole group: a wrapper does not pass the signal on.
    if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGTERM');
    await this.#exited;
    await writeFile(this.#portFile, '');
  }

  get #portFile(): string {
    return join(this.#dataDirectory, 'DevToolsActivePort');
  }

  async #withPage<T>(use: (evaluate: Evaluate) => Promise<T>): Promise<T> {
    return withDebugger(await this.#findPage(), use);
  }

  async #findPage(): Promise<string> {
    const port = await this.#readPort();
    return until(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
      const pages = pagesSchema.parse(await answer.json());
      return pages.find(({ url }) => url.startsWith('app://'))?.webSocketDebuggerUrl;
    });
  }

  /** Chromium writes the port that it chose on the first line of a file in its data directory. */
  #readPort(): Promise<number> {
    return until(async () => {
      const text = await readFile(this.#portFile, 'utf8').catch(() => '');
      const port = Number(text.split('\n')[0]);
      return port > 0 ? port : undefined;
    });
  }
}

async function withDebugger<T>(
  address: string,
  use: (evaluate: Evaluate) => Promise<T>,
): Promise<T> {
  const socket = new WebSocket(address);
  await new Promise((done, failed) => {
    socket.addEventListener('open', done);
    socket.addEventListener('error', failed);
  });
  try {
    return await use(async (expression) => {
      const answer = once(socket, 'message') as Promise<[MessageEvent<string>]>;
      socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
      const [{ data }] = await answer;
      return evaluationSchema.parse(JSON.parse(data)).result?.result.value;
    });
  } finally {
    socket.close();
  }
}

type Evaluate = (expression: string) => Promise<unknown>;

const pagesSchema = z.array(z.object({ url: z.string(), webSocketDebuggerUrl: z.string() }));
/** Without a result while the page is exchanged for the next one. */
const evaluationSchema = z.object({
  result: z.object({ result: z.object({ value: z.unknown().optional() }) }).optional(),
});

/** Asks again and again, until there is an answer. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + answersWithinMs;
  while (performance.now() < endMs) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await delay(5);
  }
  throw new Error('The application did not open its window; run `npm start` to see why');
}

function descendants(pid: number): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name): [number, number] => [Number(name), parentOf(Number(name))]),
  );
  const isBelow = (one: number): boolean => {
    for (let at: number | undefined = one; at !== undefined && at > 1; at = parents.get(at)) {
      if (at === pid) return true;
    }
    return false;
  };
  return [...parents.keys()].filter(isBelow);
}

/** 0 of a process that has ended meanwhile. Fields as in proc_pid_stat(5). */
function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

/** A process may join its arguments by spaces, as Chromium's helpers do. */
function readWords(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/);
  } catch {
    return [];
  }
}
