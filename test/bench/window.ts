import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { withDataDirectory } from './bench-server.ts';
import type { Benchmark } from './benchmark.ts';

const runs = 5;
const openWithinMs = 30_000;

export const windowOpening: Benchmark = {
  name: 'window',
  title: 'From the start of the application to a window that shows what its server does',
  async *run() {
    yield await withDataDirectory(async (dataDirectory) => {
      const settings = { listenHost: '127.0.0.1', listenPort: 0, name: 'SRV-A' };
      await writeFile(join(dataDirectory, 'server.json'), JSON.stringify(settings));
      const times: number[] = [];
      for (let run = 0; run <= runs; run++) times.push(await timeWindow(dataDirectory));
      const [first = 0, ...later] = times;
      later.sort((a, b) => a - b);
      return {
        name: 'window with the state of the server, median',
        value: later[Math.floor(runs / 2)] ?? 0,
        unit: 'ms',
        note: `of ${later.map(round).join(', ')}; first start ${round(first)}`,
      };
    });
  },
};

async function timeWindow(dataDirectory: string): Promise<number> {
  const beganMs = performance.now();
  const application = startApplication(dataDirectory);
  const exited = once(application, 'exit');
  try {
    const port = await readDebuggingPort(dataDirectory);
    await waitForText(port, 'Serving licences');
    return performance.now() - beganMs;
  } finally {
    // The whole group: a wrapper does not pass the signal on.
    if (application.pid !== undefined) process.kill(-application.pid, 'SIGTERM');
    await exited;
    await writeFile(join(dataDirectory, 'DevToolsActivePort'), '');
  }
}

/** On a display of its own where there is none. */
function startApplication(dataDirectory: string): ChildProcess {
  const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
  const command = [
    process.execPath,
    ...(process.platform === 'linux' ? ['--no-sandbox', '--disable-gpu'] : []),
    resolve(import.meta.dirname, '../..'),
    `--user-data-dir=${dataDirectory}`,
    '--remote-debugging-port=0',
    '--remote-allow-origins=*',
  ];
  const bare = process.platform === 'linux' && env['DISPLAY'] === undefined;
  const wrapped = bare ? ['xvfb-run', '-a', 'dbus-run-session', '--', ...command] : command;
  const [program = '', ...args] = wrapped;
  return spawn(program, args, { env, stdio: 'ignore', detached: true });
}

/** Asks the page, by Chromium's debugging protocol, until it shows this. */
async function waitForText(port: number, text: string): Promise<void> {
  const page = new WebSocket(await findPage(port));
  await new Promise((done, failed) => {
    page.addEventListener('open', done);
    page.addEventListener('error', failed);
  });
  const expression = `document.body?.innerText.includes(${JSON.stringify(text)})`;
  try {
    await until(async () => {
      const answer = once(page, 'message') as Promise<[MessageEvent<string>]>;
      page.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
      const [{ data }] = await answer;
      const { result } = evaluationSchema.parse(JSON.parse(data));
      return result?.result.value === true ? true : undefined;
    });
  } finally {
    page.close();
  }
}

const pagesSchema = z.array(z.object({ url: z.string(), webSocketDebuggerUrl: z.string() }));
/** Without a result while the page is exchanged for the next one. */
const evaluationSchema = z.object({
  result: z.object({ result: z.object({ value: z.unknown().optional() }) }).optional(),
});

function findPage(port: number): Promise<string> {
  return until(async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`);
    const pages = pagesSchema.parse(await answer.json());
    return pages.find(({ url }) => url.startsWith('app://'))?.webSocketDebuggerUrl;
  });
}

/** Asks again and again, until there is an answer. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + openWithinMs;
  while (performance.now() < endMs) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await delay(5);
  }
  throw new Error('The application did not open its window; run `npm start` to see why');
}

/** Chromium writes the port that it chose on the first line of a file in its data directory. */
function readDebuggingPort(dataDirectory: string): Promise<number> {
  return until(async () => {
    const text = await readFile(join(dataDirectory, 'DevToolsActivePort'), 'utf8').catch(() => '');
    const port = Number(text.split('\n')[0]);
    return port > 0 ? port : undefined;
  });
}

function round(ms: number): string {
  return ms.toFixed(0);
}
