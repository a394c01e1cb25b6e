import { afterAll, expect, it } from 'vitest';
import { plantTree } from './planted-tree.ts';

const tree = plantTree({
  'src-main/node/index.ts': "import './store/store.ts';\n",
  'src-main/node/store/store.ts': "import '../base/log.ts';\n",
  'src-main/node/store/schema.ts': 'export interface Schema {\n  version: number;\n}\n',
  'src-main/node/base/log.ts': 'export const log = 1;\n',
  'src-main/node/base/clock.ts': 'export const clock = 1;\n',
  'src-shared/model/lease.ts': 'export const lease = 1;\n',
  'src-shared/model/license.ts': 'export const license = 1;\n',
});

afterAll(() => tree.remove());

function look(): { status: number | null; lines: string[] } {
  const { status, stdout } = tree.run('scripts/rooms.mjs');
  return { status, lines: stdout.trim().split('\n') };
}

it(
  'finds cycles between folders, loose files and folders for one file',
  { timeout: 60_000 },
  () => {
    const tidy = look();
    expect(tidy.lines.at(-1)).toBe('no cycle between 7 folders, no file outside a room');
    expect(tidy.status).toBe(0);

    tree.write(
      'src-main/node/base/log.ts',
      "import type { Schema } from '../store/schema.ts';\nexport type Log = Schema;\n",
    );
    tree.write('src-main/node/helpers.ts', 'export const helpers = 1;\n');
    tree.write('src-main/node/attic/box.ts', 'export const box = 1;\n');
    expect(look()).toEqual({
      status: 1,
      lines: [
        'A cycle between folders:',
        '  src-main/node/store/store.ts -> src-main/node/base/log.ts',
        '  src-main/node/base/log.ts -> src-main/node/store/schema.ts',
        'src-main/node/helpers.ts is outside of the rooms that floors.cjs lists.',
        'src-main/node/attic/box.ts is outside of the rooms that floors.cjs lists.',
        'src-main/node/attic is a folder for box.ts alone: move it up.',
      ],
    });
  },
);
