import { createRequire } from 'node:module';
import { afterAll, expect, it } from 'vitest';
import { cruise, plantTree } from './planted-tree.ts';

// The rules themselves are tested: each of these plants a violation in a small tree of its own, under
// the configuration of this one, and expects it caught.

const tree = plantTree({
  'src-shared/model/lease.ts': 'export const lease = 1;\n',
  'src-shared/model/reads-a-file.ts': "import 'node:fs';\n",
  'src-shared/model/looks-at-the-clock.ts': 'export const now = () => Date.now();\n',
  'src-shared/model/formats.ts': 'export const at = (ms: number) => new Date(ms).toISOString();\n',
  'src-main/node/core/ledger.ts':
    "import { lease } from '../../../src-shared/model/lease.ts';\nexport const ledger = lease;\n",
  'src-main/node/core/looks-at-the-clock.ts': 'export const now = () => Date.now();\n',
  'src-main/node/core/throws-dice.ts': 'export const dice = () => Math.random();\n',
  'src-main/node/core/waits.ts': 'export const wait = async () => setTimeout(() => 1, 1);\n',
  'src-main/node/core/knows-the-store.ts': "import '../store/store.ts';\n",
  'src-main/node/core/knows-node.ts': "import 'node:crypto';\n",
  'src-main/node/licensing/knows-the-store.ts': "import '../store/store.ts';\n",
  'src-main/node/store/store.ts': "import 'node:sqlite';\nexport const store = 1;\n",
  'src-main/node/store/knows-electron.ts': "import 'electron';\n",
  'src-main/node/store/knows-the-shell.ts': "import '../../desktop/tray.ts';\n",
  'src-main/desktop/tray.ts': "import 'electron';\nexport const tray = 1;\n",
  'src-main/desktop/knows-the-core.ts': "import '../node/core/ledger.ts';\n",
  'src-main/desktop/window/preload.ts': "import '../tray.ts';\n",
  'src-main/cli/knows-the-store.ts': "import '../node/store/store.ts';\n",
  'src-main/cli/knows-nothing.ts': "import './nowhere.ts';\n",
  'src-main/client-transport/knows-the-store.ts': "import '../node/store/store.ts';\n",
  'src-main/files/knows-the-contract.ts': "import '../../src-shared/model/lease.ts';\n",
  'src-main/mdns/knows-the-store.ts': "import '../node/store/store.ts';\n",
  'src-main/admin/knows-the-store.ts': "import '../node/store/store.ts';\n",
  'src-main/admin/one.ts': "import { two } from './two.ts';\nexport const one = () => two();\n",
  'src-main/admin/two.ts':
    "import { one } from './one.ts';\nexport const two = (): number => one();\n",
  'src-main/process/knows-the-shell.ts': "import '../desktop/tray.ts';\n",
  'src-main/security/knows-the-store.ts': "import '../node/store/store.ts';\n",
  'src-main/security/starts-it-all.ts': "import '../main.ts';\n",
  'src-main/main.ts': "import './desktop/tray.ts';\n",
  'src-renderer/shell.tsx': "import '../src-shared/model/lease.ts';\nimport 'react';\n",
  'src-renderer/knows-the-main-side.tsx':
    "import type { tray } from '../src-main/desktop/tray.ts';\nexport type Tray = typeof tray;\n",
  'src-renderer/reads-a-file.ts': "import 'node:fs';\n",
  'src-renderer/tests-itself.ts': "import '../test/fixture.ts';\n",
  'test/fixture.ts': 'export const fixture = 1;\n',
});

afterAll(() => tree.remove());

it('catches an import that a layer may not make', { timeout: 60_000 }, () => {
  const found = cruise(tree).filter((violation) => !violation.startsWith('floor-of-'));
  expect(found).toEqual([
    'admin-sees: src-main/admin/knows-the-store.ts',
    'cli-sees: src-main/cli/knows-nothing.ts',
    'cli-sees: src-main/cli/knows-the-store.ts',
    'client-transport-sees: src-main/client-transport/knows-the-store.ts',
    'core-sees: src-main/node/core/knows-node.ts',
    'core-sees: src-main/node/core/knows-the-store.ts',
    'electron-in-the-shell-only: src-main/node/store/knows-electron.ts',
    'files-sees: src-main/files/knows-the-contract.ts',
    'licensing-sees: src-main/node/licensing/knows-the-store.ts',
    'mdns-sees: src-main/mdns/knows-the-store.ts',
    'no-circular: src-main/admin/one.ts',
    'no-tests-in-the-product: src-renderer/tests-itself.ts',
    'no-unresolvable: src-main/cli/knows-nothing.ts',
    'nobody-imports-a-composition-root: src-main/security/starts-it-all.ts',
    'node-sees: src-main/node/store/knows-the-shell.ts',
    'preload-sees: src-main/desktop/window/preload.ts',
    'process-sees: src-main/process/knows-the-shell.ts',
    'renderer-sees: src-renderer/knows-the-main-side.tsx',
    'renderer-sees: src-renderer/reads-a-file.ts',
    'renderer-sees: src-renderer/tests-itself.ts',
    'security-sees: src-main/security/knows-the-store.ts',
    'security-sees: src-main/security/starts-it-all.ts',
    'shared-sees: src-shared/model/reads-a-file.ts',
    'shell-sees: src-main/desktop/knows-the-core.ts',
  ]);
});

it('plants a violation of each rule', { timeout: 60_000 }, () => {
  const { forbidden } = createRequire(import.meta.url)('../../../.dependency-cruiser.cjs') as {
    forbidden: { name: string }[];
  };
  const rules = forbidden.map(({ name }) => name).filter((name) => !name.startsWith('floor-of-'));
  const caught = cruise(tree);
  const missed = rules.filter((rule) => !caught.some((line) => line.startsWith(`${rule}: `)));
  expect(missed).toEqual([]);
});

it('catches time, chance and waiting in pure code', { timeout: 60_000 }, () => {
  const { stdout } = tree.run(
    'node_modules/eslint/bin/eslint.js',
    ...['src-shared', 'src-main/node/core', '--format', 'json'],
  );
  const answer = JSON.parse(stdout) as { filePath: string; messages: { ruleId: string }[] }[];
  const rulesByFile = Object.fromEntries(
    answer.map(({ filePath, messages }) => [
      filePath.slice(tree.path.length + 1).replaceAll('\\', '/'),
      [...new Set(messages.map(({ ruleId }) => ruleId))].sort(),
    ]),
  );
  expect(rulesByFile).toEqual({
    'src-main/node/core/knows-the-store.ts': [],
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
