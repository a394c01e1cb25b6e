// npm run simulate:defects -- [--rule continuity|majority|pool|mains] [--name TEXT] [--seconds N] [--write]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { continuityDefects } from './continuity-defects.ts';
import { majorityDefects } from './majority-defects.ts';
import { mainsDefects, poolDefects } from './together-defects.ts';
import { type Defect, plantDefect } from './plant-defect.ts';
import type { Rule } from './simulate.ts';

const { values } = parseArgs({
  options: {
    rule: { type: 'string' },
    /** A part of the name of those that are looked at; all by default. */
    name: { type: 'string', default: '' },
    /** For how long a seed is looked for. */
    seconds: { type: 'string', default: '120' },
    /** Puts the seeds that were found into the lists. */
    write: { type: 'boolean', default: false },
  },
});

const lists: Record<Rule, readonly Defect[]> = {
  continuity: continuityDefects,
  majority: majorityDefects,
  pool: poolDefects,
  mains: mainsDefects,
};

let lost = 0;
for (const rule of Object.keys(lists) as Rule[]) {
  if (values.rule !== undefined && values.rule !== rule) continue;
  for (const defect of lists[rule]) {
    if (defect.name.includes(values.name)) await look(rule, defect);
  }
}
console.log(lost === 0 ? 'Every mistake is found by a seed.' : `${lost} are found by no seed.`);
process.exitCode = lost === 0 ? 0 : 1;

async function look(rule: Rule, defect: Defect): Promise<void> {
  const planted = await plantDefect(defect);
  const finds = (seed: number) => planted.simulate(rule, seed).violations.length > 0;
  try {
    if (finds(defect.foundBySeed)) return;
    const endMs = performance.now() + Number(values.seconds) * 1_000;
    let seed = 1;
    while (!finds(seed) && performance.now() < endMs) seed++;
    const isFound = performance.now() < endMs;
    const now = isFound ? `seed ${seed} finds it` : `none up to ${seed} finds it`;
    console.log(`${rule}: ${defect.name}: ${defect.foundBySeed} finds it no longer, ${now}.`);
    if (!isFound) lost++;
    else if (values.write) writeSeed(rule, defect, seed);
  } finally {
    planted.remove();
  }
}

function writeSeed(rule: Rule, { name }: Defect, seed: number): void {
  const list = rule === 'pool' || rule === 'mains' ? 'together' : rule;
  const file = join(import.meta.dirname, `${list}-defects.ts`);
  const text = readFileSync(file, 'utf8');
  const at = text.indexOf(name);
  const rest = text.slice(at).replace(/foundBySeed: [\d_]+/, `foundBySeed: ${seed}`);
  writeFileSync(file, text.slice(0, at) + rest);
}
