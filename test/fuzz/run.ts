// npm run fuzz -- [--count N] [--seed N] [--only frames|mdns|ledger|transfers|history|api|admin]
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { AdminTarget } from './fuzz-admin.ts';
import { ClientApiTarget } from './fuzz-client-api.ts';
import { fuzzFrames } from './fuzz-frames.ts';
import { HistoryTarget } from './fuzz-history.ts';
import { LedgerTarget } from './fuzz-ledger.ts';
import { MdnsTarget } from './fuzz-mdns.ts';
import { TransfersTarget } from './fuzz-transfers.ts';
import { Random } from './mutate.ts';

/** What inputs are thrown at. */
interface Target {
  fuzz: (random: Random) => void | Promise<void>;
  /** Looks after each batch whether all is well. */
  check?: () => Promise<void>;
  stop?: () => Promise<void>;
}

const mdns = new MdnsTarget();
const targets = {
  frames: async (): Promise<Target> => ({ fuzz: fuzzFrames }),
  mdns: async (): Promise<Target> => ({ fuzz: (random) => mdns.fuzz(random) }),
  ledger: async (): Promise<Target> => new LedgerTarget(),
  transfers: async (): Promise<Target> => new TransfersTarget(),
  history: (): Promise<Target> => HistoryTarget.start(),
  api: (): Promise<Target> => ClientApiTarget.start(),
  admin: (): Promise<Target> => AdminTarget.start(),
};
type Name = keyof typeof targets;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    only: { type: 'string' },
  },
});
const count = Number(values.count);
const seed = Number(values.seed);
const names = (Object.keys(targets) as Name[]).filter(
  (name) => values.only === undefined || name === values.only,
);
if (!Number.isInteger(count) || !Number.isInteger(seed) || names.length === 0) {
  const all = Object.keys(targets).join('|');
  console.error(`Usage: npm run fuzz -- [--count N] [--seed N] [--only ${all}]`);
  process.exit(2);
}

/** Growth of the heap, in bytes, above which something is kept that should not be. */
const growthBytesMax = 64 * 1024 * 1024;
const batch = 10_000;

for (const name of names) {
  const begunMs = performance.now();
  const target = await targets[name]();
  let warmBytes = 0;
  for (let done = 0; done < count; done += batch) {
    await throwBatch(name, target, seed + done, Math.min(batch, count - done));
    const { heapUsed } = process.memoryUsage();
    if (done < count / 4) warmBytes = Math.max(warmBytes, heapUsed);
    else if (heapUsed > warmBytes + growthBytesMax) {
      console.error(`${name}: the heap grew from ${warmBytes} to ${heapUsed} bytes`);
      process.exit(1);
    }
  }
  await target.stop?.();
  const seconds = (performance.now() - begunMs) / 1_000;
  console.log(
    `${name}: ${count} inputs from seed ${seed} in ${seconds.toFixed(1)} s, none broke it`,
  );
}
for (const fault of mdns.faults) console.log('mdns: stopped at the socket:', fault);
process.exit(0);

async function throwBatch(name: Name, target: Target, from: number, size: number): Promise<void> {
  const random = new Random(from);
  try {
    for (let n = 0; n < size; n++) {
      const under = target.fuzz(random);
      if (under) await under;
    }
    await target.check?.();
  } catch (error) {
    console.error(`${name}: failed with --seed ${from} --count ${size}`, error);
    process.exit(1);
  }
  // Timers and promises of the target get their turn.
  await new Promise((resolve) => setImmediate(resolve));
}
