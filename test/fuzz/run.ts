// npm run fuzz -- [--count N] [--seed N] [--only frames|mdns]
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fuzzFrames } from './fuzz-frames.ts';
import { MdnsTarget } from './fuzz-mdns.ts';
import { Random } from './mutate.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    only: { type: 'string' },
  },
});
const count = Number(values.count);
const seed = Number(values.seed);
const mdns = new MdnsTarget();
const targets = { frames: fuzzFrames, mdns: (random: Random) => mdns.fuzz(random) };
const names = Object.keys(targets).filter(
  (name) => values.only === undefined || name === values.only,
) as (keyof typeof targets)[];
if (!Number.isInteger(count) || !Number.isInteger(seed) || names.length === 0) {
  console.error('Usage: npm run fuzz -- [--count N] [--seed N] [--only frames|mdns]');
  process.exit(2);
}

/** Growth of the heap, in bytes, above which something is kept that should not be. */
const growthBytesMax = 64 * 1024 * 1024;
const batch = 10_000;

for (const name of names) {
  const begunMs = performance.now();
  let warmBytes = 0;
  for (let done = 0; done < count; done += batch) {
    const random = new Random(seed + done);
    try {
      for (let n = 0; n < batch; n++) targets[name](random);
    } catch (error) {
      console.error(`${name}: failed with --seed ${seed + done} --count ${batch}`, error);
      process.exit(1);
    }
    // Timers and promises of the target get their turn.
    await new Promise((resolve) => setImmediate(resolve));
    const { heapUsed } = process.memoryUsage();
    if (done < count / 4) warmBytes = Math.max(warmBytes, heapUsed);
    else if (heapUsed > warmBytes + growthBytesMax) {
      console.error(`${name}: the heap grew from ${warmBytes} to ${heapUsed} bytes`);
      process.exit(1);
    }
  }
  const seconds = (performance.now() - begunMs) / 1_000;
  console.log(
    `${name}: ${count} inputs from seed ${seed} in ${seconds.toFixed(1)} s, none broke it`,
  );
}
for (const fault of mdns.faults) console.log('mdns: stopped at the socket:', fault);
process.exit(0);
