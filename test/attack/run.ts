// npm run attack [-- --only WORDS]: what clients, paired servers and members can do to a server.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { createNode, type LicenseNode } from '../../src-main/node/index.ts';
import {
  adminContract,
  type AdminMethod,
  type AdminParams,
} from '../../src-shared/contract/admin.ts';
import { watchStalls } from '../bench/stall-watch.ts';
import { makeLicenseFile, makeVendor } from '../support/licenses.ts';
import { type Attack, serverAttacks } from './attacks.ts';
import { clientAttacks } from './client-attacks.ts';
import { watchWaits } from './honest-client.ts';
import type { HostileOrder } from './hostile-worker.ts';

/** No message holds the event loop longer (docs/security.md). */
const stallMsMax = 50;

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
const hostile = fork(fileURLToPath(new URL('hostile-worker.ts', import.meta.url)), [
  join(folder, 'hostile'),
  String(port),
  node.id,
]);
const { id: hostileId = '' } = await answered();

try {
  process.exitCode = (await runAll()) ? 0 : 1;
} finally {
  await tell({ type: 'end' });
  hostile.kill();
  await node.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function runAll(): Promise<boolean> {
  const vendor = await makeVendor();
  const content = await makeLicenseFile(vendor, { units: 1 });
  await order(node, 'vendor.trust', { content: vendor.publicFile });
  await order(node, 'license.import', { content, fileName: 'attack.lic' });
  const chosen = [...clientAttacks, ...serverAttacks].filter(({ title }) =>
    title.includes(values.only),
  );
  const runThose = async (who: Attack['by']) => {
    for (const attack of chosen.filter(({ by }) => by === who)) held.push(await run(attack));
  };
  const held: boolean[] = [];
  await measure('nothing', async () => {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    return '';
  });
  await runThose('client');
  const { code } = await order(node, 'servers.invite', { allow: 'nothing' });
  await tell({ type: 'pair', code });
  await tell({ type: 'link' });
  await until(() => node.admin.snapshot().servers.some(({ connected }) => connected));
  await runThose('paired');
  await becomeRelated();
  await runThose('member');
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

async function run({ title, by, bytesMax, waitMsMax }: Attack): Promise<boolean> {
  const [ledger] = node.admin.snapshot().ledgers;
  const code = by === 'client' ? (await order(node, 'servers.invite', {})).code : '';
  const context = { victim: node.id, port, ledger: ledger?.id ?? '', code };
  const attack = async () => {
    if (waitMsMax === undefined) return tell({ type: 'attack', title, context });
    const endWatch = watchWaits(port);
    const seen = await tell({ type: 'attack', title, context }).finally(endWatch);
    const { worstMs, unanswered } = await endWatch();
    const others = `others waited ${worstMs.toFixed(0)} ms of the server's time at most`;
    if (worstMs > waitMsMax || unanswered > 0) {
      throw new Error(`${others}, ${unanswered} were not answered`);
    }
    return `${seen}; ${others}`;
  };
  return measure(`${by}: ${title}`, attack, bytesMax);
}

/** Whether nothing was held up, as much as it may be was written, and what was to be seen was seen. */
async function measure(
  title: string,
  work: () => Promise<string>,
  bytesMax = Infinity,
): Promise<boolean> {
  const before = { rss: process.memoryUsage().rss, bytes: writtenBytes() };
  const watch = watchStalls();
  const begunMs = performance.now();
  const seen = await work().catch((error: unknown) => ({ failed: String(error) }));
  // What was sent last is taken in.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const stallMs = watch();
  const seconds = (performance.now() - begunMs) / 1_000;
  const grownMb = (process.memoryUsage().rss - before.rss) / 1_048_576;
  const grownBytes = writtenBytes() - before.bytes;
  const failed = typeof seen !== 'string' || grownBytes > bytesMax;
  const verdict = failed ? 'FAILED' : stallMs > stallMsMax ? 'STALL ' : 'held  ';
  console.log(
    `${verdict} ${stallMs.toFixed(0).padStart(6)} ms  ${seconds.toFixed(1).padStart(6)} s  ` +
      `${grownMb.toFixed(0).padStart(6)} MB  ${(grownBytes / 1_000).toFixed(0).padStart(6)} kB written  ` +
      `${title}${seen === '' ? '' : `\n        ${typeof seen === 'string' ? seen : seen.failed}`}`,
  );
  return verdict === 'held  ';
}

/** Length of all files of the server. */
function writtenBytes(): number {
  const directory = join(folder, 'victim');
  const names = readdirSync(directory, { recursive: true }).map(String);
  return names.reduce((sum, name) => {
    const found = statSync(join(directory, name), { throwIfNoEntry: false });
    return sum + (found?.isFile() === true ? found.size : 0);
  }, 0);
}

async function order<M extends AdminMethod>(at: LicenseNode, method: M, params: AdminParams<M>) {
  const args = adminContract[method].params.parse(params) as never;
  const answer = await at.admin.call(method, args);
  if (!answer.ok) throw new Error(`${method}: ${answer.message}`);
  return answer.value;
}

async function tell(message: HostileOrder): Promise<string> {
  hostile.send(message);
  const answer = await answered();
  if (!answer.ok) throw new Error(answer.error);
  return answer.seen ?? '';
}

interface HostileAnswer {
  ok: boolean;
  error?: string;
  id?: string;
  seen?: string;
}

async function answered(): Promise<HostileAnswer> {
  const [answer] = (await once(hostile, 'message')) as [HostileAnswer];
  return answer;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
