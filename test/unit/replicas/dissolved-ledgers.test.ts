import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadDissolved } from '../../../src-main/node/replicas/dissolved-ledgers.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const warnings: unknown[] = [];
const log = { warn: (message: string) => warnings.push(message) };
const open = (file: string) => loadDissolved(file, log);
const order = (n: number) => ({
  relationship: `relationship-${n}`,
  ledgers: [`ledger-${n}`],
  atMs: n,
  by: 'root',
});

it('relationships that were dissolved are known after a start, the latest of them, until a ledger is taken up again', async () => {
  const file = join(makeTemporaryDirectory(), 'dissolved.json');
  const dissolved = await open(file);
  expect(dissolved.of('ledger-1')).toBeUndefined();
  for (let n = 1; n <= 65; n++) await dissolved.note(order(n));
  const again = await open(file);
  expect(again.of('ledger-1')).toBeUndefined();
  expect(again.of('ledger-2')).toEqual({ relationship: 'relationship-2', atMs: 2, by: 'root' });
  again.forget('ledger-2');
  await again.settled();
  expect((await open(file)).of('ledger-2')).toBeUndefined();
  expect(warnings).toEqual([]);
});

it('a file that is damaged, or cannot be written, costs nothing but words', async () => {
  const folder = makeTemporaryDirectory();
  const file = join(folder, 'dissolved.json');
  writeFileSync(file, '{"format":"understudy-dissolved/1"');
  expect((await open(file)).of('ledger-1')).toBeUndefined();
  const nowhere = await open(join(folder, 'missing', 'dissolved.json'));
  await nowhere.note(order(1));
  expect(warnings).toHaveLength(1);
  expect(nowhere.of('ledger-1')).toMatchObject({ relationship: 'relationship-1' });
});
