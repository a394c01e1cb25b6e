import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Rule, RunResult } from './simulate.ts';

/** One planted mistake: a text of the product and what it is replaced by. */
export interface Defect {
  name: string;
  /** A run in which an invariant breaks. */
  foundBySeed: number;
  /** Under `src-main/node`. */
  file: string;
  find: string;
  replace: string;
}

interface PlantedCore {
  simulate(rule: Rule, seed: number): RunResult;
  remove(): void;
}

/** A copy of the product with one text replaced, and the simulation on top of it. */
export async function plantDefect(defect: Defect): Promise<PlantedCore> {
  const root = resolve(import.meta.dirname, '../..');
  const copy = mkdtempSync(join(tmpdir(), 'understudy-defect-'));
  for (const part of ['src-shared', 'src-main', 'test/simulation', 'test/support']) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  const file = join(copy, 'src-main/node', defect.file);
  const text = readFileSync(file, 'utf8');
  if (text.split(defect.find).length !== 2) {
    throw new Error(`"${defect.find}" is not in ${defect.file} exactly once`);
  }
  writeFileSync(
    file,
    text.replace(defect.find, () => defect.replace),
  );
  const module: unknown = await import(
    /* @vite-ignore */ pathToFileURL(join(copy, 'test/simulation/simulate.ts')).href
  );
  const { simulate } = module as Pick<PlantedCore, 'simulate'>;
  return { simulate, remove: () => rmSync(copy, { recursive: true, force: true }) };
}
