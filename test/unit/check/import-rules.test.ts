import { afterAll, expect, it } from 'vitest';
import { plantTree } from './planted-tree.ts';

// The rules themselves are tested: each of these plants a violation in a small tree of its own, under
// the configuration of this one, and expects it caught.

const files: Record<string, string> = {
  'src-shared/model/lease.ts': 'export const lease = 1;\n',
  'src-shared/model/reads-a-file.ts': "import 'node:fs';\n",
  'src-shared/model/looks-at-the-clock.ts': 'export const now = () => Date.now();\n',
  'src-shared/model/formats.ts': 'export const at = (ms: number) => new Date(ms).toISOString();\n',
  'src-main/node/core/ledger.ts':
    "import { lease } from '../../../src-shared/model/lease.ts';\nexport const ledger = lease;\n",
  'src-main/node/core/looks-at-the-clock.ts': 'export const now = () => Date.now();\n',
  'src-main/node/core/throws-dice.ts': 'export const dice = () => Math.random();\n',
  'src-main/node/core/waits.ts': 'export const wait = async () => setTimeout(() => 1, 1);\n',
  'src-main/node/core/knows-io.ts': "import '../io/store.ts';\n",
  'src-main/node/core/knows-node.ts': "import 'node:crypto';\n",
  'src-main/node/io/store.ts': "import 'node:sqlite';\nexport const store = 1;\n",
  'src-main/node/io/knows-electron.ts': "import 'electron';\n",
  'src-main/desktop/tray.ts': "import 'electron';\nexport const tray = 1;\n",
  'src-main/desktop/knows-the-core.ts': "import '../node/core/ledger.ts';\n",
  'src-main/desktop/window/preload.ts': "import '../tray.ts';\n",
  'src-main/cli/knows-the-store.ts': "import '../node/io/store.ts';\n",
  'src-main/admin/one.ts': "import { two } from './two.ts';\nexport const one = () => two();\n",
  'src-main/admin/two.ts':
    "import { one } from './one.ts';\nexport const two = (): number => one();\n",
  'src-renderer/shell.tsx': "import '../src-shared/model/lease.ts';\nimport 'react';\n",
  'src-renderer/knows-the-main-side.tsx': "import '../src-main/desktop/tray.ts';\n",
  'src-renderer/reads-a-file.ts': "import 'node:fs';\n",
};

const tree = plantTree(files);

afterAll(() => tree.remove());

function runTool(program: string, args: string[]): unknown {
  return JSON.parse(tree.run(`node_modules/${program}`, ...args).stdout);
}

it('catches an import that a layer may not make', { timeout: 60_000 }, () => {
  const { summary } = runTool('dependency-cruiser/bin/dependency-cruise.mjs', [
    ...['src-shared', 'src-main', 'src-renderer'],
    ...['--config', '--output-type', 'json'],
  ]) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  const found = summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`);
  expect([...new Set(found)].sort()).toEqual([
    'cli-sees: src-main/cli/knows-the-store.ts',
    'core-sees: src-main/node/core/knows-io.ts',
    'core-sees: src-main/node/core/knows-node.ts',
    'electron-in-the-shell-only: src-main/node/io/knows-electron.ts',
    'no-circular: src-main/admin/one.ts',
    'preload-sees: src-main/desktop/window/preload.ts',
    'renderer-sees: src-renderer/knows-the-main-side.tsx',
    'renderer-sees: src-renderer/reads-a-file.ts',
    'shared-sees: src-shared/model/reads-a-file.ts',
    'shell-sees: src-main/desktop/knows-the-core.ts',
  ]);
});

it('catches time, chance and waiting in pure code', { timeout: 60_000 }, () => {
  const answer = runTool('eslint/bin/eslint.js', [
    ...['src-shared', 'src-main/node/core'],
    ...['--format', 'json'],
  ]) as { filePath: string; messages: { ruleId: string }[] }[];
  const rulesByFile = Object.fromEntries(
    answer.map(({ filePath, messages }) => [
      filePath.slice(tree.path.length + 1).replaceAll('\\', '/'),
      [...new Set(messages.map(({ ruleId }) => ruleId))].sort(),
    ]),
  );
  expect(rulesByFile).toEqual({
    'src-main/node/core/knows-io.ts': [],
    'src-main/node/core/knows-node.ts': ['no-restricted-imports'],
    'src-main/node/core/ledger.ts': [],
    'src-main/node/core/looks-at-the-clock.ts': ['no-restricted-globals'],
    'src-main/node/core/throws-dice.ts': ['no-restricted-properties'],
    'src-main/node/core/waits.ts': ['no-restricted-globals', 'no-restricted-syntax'],
    'src-shared/model/formats.ts': [],
    'src-shared/model/lease.ts': [],
    'src-shared/model/looks-at-the-clock.ts': ['no-restricted-properties'],
    'src-shared/model/reads-a-file.ts': ['no-restricted-imports'],
  });
});
