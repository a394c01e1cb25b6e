// npm run attack [-- --only WORDS]: what a paired server can do to the one that it is paired with.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createNode, type LicenseNode } from '../../src-main/node/index.ts';
import {
  adminContract,
  type AdminMethod,
  type AdminParams,
} from '../../src-shared/contract/admin.ts';
import { type Attack, attacks } from './attacks.ts';
import type { HostileOrder } from './hostile-worker.ts';

/** No message holds the event loop longer (docs/security.md). */
const stallMsMax = 50;

/** How often it is looked how long the loop was held. */
const lookEveryMs = 1;

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const folder = mkdtempSync(join(tmpdir(), 'us-attack-'));
const quiet = () => undefined;
const node = await createNode(
  {
    listen: { host: '127.0.0.1', port: 0 },
    version: '0',
    packaged: false,
    mdns: false,
    dataDirectory: join(folder, 'victim'),
  },
  { onFatal: (error) => void console.error(error), onStopAsked: quiet },
);
const { port } = await node.listening();
const workerData = { directory: join(folder, 'hostile'), port, victim: node.id };
const worker = new Worker(new URL('hostile-worker.ts', import.meta.url), { workerData });
const { id: hostileId = '' } = await answered();

try {
  process.exitCode = (await runAll()) ? 0 : 1;
} finally {
  await tell({ type: 'end' });
  await worker.terminate();
  await node.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function runAll(): Promise<boolean> {
  const { code } = await order(node, 'servers.invite', { allow: 'nothing' });
  await tell({ type: 'pair', code });
  await tell({ type: 'link' });
  await until(() => node.admin.snapshot().servers.some(({ connected }) => connected));
  const chosen = attacks.filter(({ title }) => title.includes(values.only));
  const held: boolean[] = [];
  await measure('nothing', () => new Promise((resolve) => setTimeout(resolve, 3_000)));
  for (const attack of chosen.filter(({ by }) => by === 'paired')) held.push(await run(attack));
  await becomeRelated();
  for (const attack of chosen.filter(({ by }) => by === 'member')) held.push(await run(attack));
  const failed = held.filter((one) => !one).length;
  console.log(`\n${held.length - failed} of ${held.length} held: no stall over ${stallMsMax} ms.`);
  return failed === 0;
}

/** The admin of the victim takes the hostile server as a backup. */
async function becomeRelated(): Promise<void> {
  const plan = { kind: 'backup', main: node.id, backup: hostileId } as const;
  void order(node, 'relationship.create', plan);
  await until(() => node.admin.snapshot().ledgers.some(({ members }) => members.length === 2));
}

async function run({ title, by }: Attack): Promise<boolean> {
  const [ledger] = node.admin.snapshot().ledgers;
  const context = { victim: node.id, ledger: ledger?.id ?? '' };
  return measure(`${by}: ${title}`, () => tell({ type: 'attack', title, context }));
}

async function measure(title: string, work: () => Promise<unknown>): Promise<boolean> {
  const before = process.memoryUsage().rss;
  const watch = watchStalls();
  const begunMs = performance.now();
  await work();
  // What was sent last is taken in.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const stallMs = watch();
  const seconds = (performance.now() - begunMs) / 1_000;
  const grownMb = (process.memoryUsage().rss - before) / 1_048_576;
  const held = stallMs <= stallMsMax;
  console.log(
    `${held ? 'held  ' : 'STALL '} ${stallMs.toFixed(0).padStart(6)} ms  ${seconds.toFixed(1).padStart(6)} s  ` +
      `${grownMb.toFixed(0).padStart(6)} MB  ${title}`,
  );
  return held;
}

/**
 * Returns the function that ends it and says how long this thread has worked at most between two turns
 * of the loop, in ms: by the processor's clock, so that other programs do not count.
 */
function watchStalls(): () => number {
  let stallMs = 0;
  let last = threadMs();
  const look = () => {
    const now = threadMs();
    stallMs = Math.max(stallMs, now - last);
    last = now;
  };
  const timer = setInterval(look, lookEveryMs);
  return () => {
    clearInterval(timer);
    look();
    return stallMs;
  };
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

async function order<M extends AdminMethod>(at: LicenseNode, method: M, params: AdminParams<M>) {
  const args = adminContract[method].params.parse(params) as never;
  const answer = await at.admin.call(method, args);
  if (!answer.ok) throw new Error(`${method}: ${answer.message}`);
  return answer.value;
}

async function tell(message: HostileOrder): Promise<void> {
  worker.postMessage(message);
  const answer = await answered();
  if (!answer.ok) throw new Error(answer.error);
}

function answered(): Promise<{ ok: boolean; error?: string; id?: string }> {
  return new Promise((resolve) => worker.once('message', resolve));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
