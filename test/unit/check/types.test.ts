import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { plantTree } from './planted-tree.ts';

// A new field of a shared schema breaks what makes such values in the node, the window and the tests.
// The check has to see it in all of them, also when it has checked the tree before.

const schema = (field: string): string => `import { z } from 'zod';
export const licenseSchema = z.object({ id: z.string()${field} });
export type License = z.infer<typeof licenseSchema>;
`;

const makes = (name: string, from: string): string => `import type { License } from '${from}';
export const ${name}: License = { id: 'cad' };
`;

const license = 'src-shared/model/license.ts';
const tree = plantTree({
  [license]: schema(''),
  'src-main/view.ts': makes('view', '../src-shared/model/license.ts'),
  'src-main/seats.ts': 'export const seats = 5;\n',
  'src-renderer/row.tsx': makes('row', '../src-shared/model/license.ts'),
  'test/fixture.ts': makes('fixture', '../src-shared/model/license.ts'),
  'test/counts.ts':
    "import { seats } from '../src-main/seats.ts';\nexport const count: number = seats;\n",
});

afterAll(() => tree.remove());

function faults(): string[] {
  const { stdout } = tree.run('scripts/types.mjs');
  return stdout
    .split('\n')
    .filter((line) => line.includes('error TS'))
    .map((line) => line.replace(/\(.*error (TS\d+):.*/, ' $1'))
    .sort();
}

it('finds what a change breaks in every project, after a check', { timeout: 120_000 }, () => {
  expect(faults()).toEqual([]);
  // The file comes with its old time, as one that is put back does: contents count, not times.
  const { mtime } = statSync(join(tree.path, license));
  tree.write(license, schema(', note: z.string().nullable()'));
  utimesSync(join(tree.path, license), mtime, mtime);
  tree.write('src-main/seats.ts', "export const seats = 'five';\n");
  expect(faults()).toEqual([
    'src-main/view.ts TS2741',
    'src-renderer/row.tsx TS2741',
    'test/counts.ts TS2322',
    'test/fixture.ts TS2741',
  ]);
});
