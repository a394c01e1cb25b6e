// npm run kill-loop -- [--pair] --rounds 50 [--seed N] [--connections N]
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runKillRounds } from './kill-rounds.ts';
import { runPairKillRounds } from './pair-kill-rounds.ts';

const { values } = parseArgs({
  options: {
    pair: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(randomInt(2 ** 32)) },
    connections: { type: 'string', default: '8' },
  },
});

const [rounds, seed, connections] = [values.rounds, values.seed, values.connections].map(Number);
if (!rounds || seed === undefined || !Number.isInteger(seed) || !connections) {
  console.error('Usage: npm run kill-loop -- [--pair] [--rounds N] [--seed N] [--connections N]');
  process.exit(2);
}

console.log(`seed ${seed}`);
const runRounds = values.pair ? runPairKillRounds : runKillRounds;
const result = await runRounds({ rounds, seed, connections, say: console.log });
const { requests, granted, returned, violations } = result;
console.log(`${requests} requests, ${granted} told of a lease, ${returned} leases returned`);
for (const violation of violations) console.log(`VIOLATION: ${violation}`);
console.log(violations.length === 0 ? 'Nothing that a client was told was lost.' : `seed ${seed}`);
process.exitCode = violations.length === 0 ? 0 : 1;
