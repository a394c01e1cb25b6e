// Runs in a process of its own: `load-generator.ts JSON` prints one line of JSON (load.ts).
import { checkoutRequest, LoadConnection, renewRequest } from './load-connection.ts';
import type { LoadOptions, LoadResult } from './load.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;

/** Time before the measurement, in which both sides get warm. */
const warmUpMs = 1_000;

/** Leases that are renewed in turn. */
const renewedLeases = 1_024;

interface Run {
  measuring: boolean;
  ended: boolean;
  latenciesMs: number[];
  instances: number;
}

const run: Run = { measuring: false, ended: false, latenciesMs: [], instances: 0 };

const connections = await Promise.all(
  Array.from({ length: options.connections }, () => LoadConnection.open(options.port)),
);
process.stdout.write(`${JSON.stringify(await measure())}\n`);
for (const connection of connections) connection.close();

async function measure(): Promise<LoadResult> {
  const leases = options.kind === 'renew' ? await takeLeases() : [];
  const working = Promise.all(
    connections.map((connection, index) => work(connection, index, leases)),
  );
  if (options.count === undefined) await Promise.race([pause(warmUpMs), working]);
  run.measuring = true;
  process.stdout.write('begin\n');
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  await (options.count === undefined
    ? Promise.race([pause(options.seconds * 1_000), working])
    : working);
  const seconds = (performance.now() - beganMs) / 1_000;
  const used = process.cpuUsage(cpu);
  process.stdout.write('end\n');
  run.measuring = false;
  run.ended = true;
  await working;
  const sorted = Float64Array.from(run.latenciesMs).sort();
  return {
    answers: sorted.length,
    perSecond: sorted.length / seconds,
    p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? 0,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    maxMs: sorted.at(-1) ?? 0,
    cpuPercent: ((used.user + used.system) / 1e6 / seconds) * 100,
  };
}

async function work(connection: LoadConnection, index: number, leases: string[]): Promise<void> {
  for (let turn = index; !run.ended; turn += options.connections) {
    if (run.instances === options.count) return;
    const request = nextRequest(turn, leases);
    const sentMs = performance.now();
    const { status, body } = await connection.send(request);
    if (status !== 200 && status !== 201) throw new Error(`answer ${status}: ${body}`);
    if (run.measuring) run.latenciesMs.push(performance.now() - sentMs);
  }
}

function nextRequest(turn: number, leases: string[]): string {
  const lease = leases[turn % leases.length];
  if (lease !== undefined) return renewRequest(lease);
  return checkoutRequest(options.feature, nextInstance());
}

function nextInstance(): string {
  run.instances += 1;
  return `${options.instancePrefix}-${String(run.instances).padStart(9, '0')}`;
}

async function takeLeases(): Promise<string[]> {
  const perConnection = Math.ceil(renewedLeases / connections.length);
  const taken = await Promise.all(
    connections.map(async (connection) => {
      const ids: string[] = [];
      while (ids.length < perConnection) {
        const answer = await connection.send(checkoutRequest(options.feature, nextInstance()));
        ids.push((JSON.parse(answer.body) as { lease: { id: string } }).lease.id);
      }
      return ids;
    }),
  );
  return taken.flat();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
