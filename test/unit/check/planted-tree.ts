import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const configuration = [
  '.dependency-cruiser.cjs',
  'eslint.config.js',
  'eslint.purity.js',
  'floors.cjs',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'tsconfig.main.json',
  'tsconfig.renderer.json',
  'tsconfig.shared.json',
  'tsconfig.test.json',
  'scripts/paths.mjs',
  'scripts/rooms.mjs',
  'scripts/types.mjs',
  'src-shared/app-version.d.ts',
];

const sources = ['src-shared', 'src-main', 'src-renderer'];

export interface PlantedTree {
  path: string;
  write: (file: string, text: string) => void;
  /** Runs a Node program of the tree, such as `node_modules/eslint/bin/eslint.js`. */
  run: (program: string, ...args: string[]) => { status: number | null; stdout: string };
  remove: () => void;
}

/** A small tree of its own with the configuration of this one, to plant violations in. */
export function plantTree(files: Record<string, string>): PlantedTree {
  const path = mkdtempSync(join(tmpdir(), 'understudy-planted-'));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  };
  for (const folder of sources) mkdirSync(join(path, folder));
  for (const file of configuration) cpSync(file, join(path, file));
  for (const [file, text] of Object.entries(files)) write(file, text);
  symlinkSync(resolve('node_modules'), join(path, 'node_modules'), 'junction');
  return {
    path,
    write,
    run: (program, ...args) =>
      spawnSync(process.execPath, [program, ...args], {
        cwd: path,
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      }),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** The imports of a tree that a rule forbids, as `rule: file`, each once and in order. */
export function cruise(tree: PlantedTree): string[] {
  const { stdout } = tree.run(
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    ...[...sources, '--config', '--output-type', 'json'],
  );
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  const found = summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`);
  return [...new Set(found)].sort();
}
