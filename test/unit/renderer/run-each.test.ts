import { expect, test } from 'vitest';
import {
  runEach,
  type BulkItem,
  type BulkProgress,
} from '../../../src-renderer/features/bulk/run-each.ts';

type Answer = Awaited<ReturnType<BulkItem['run']>>;

const itemsThat = (run: (key: string) => Promise<Answer>): BulkItem[] =>
  ['a', 'b', 'c', 'd'].map((key) => ({ key, name: `lease ${key}`, run: () => run(key) }));

test('one after the other; a refusal is kept with its sentence and stops nothing', async () => {
  const told: BulkProgress[] = [];
  let running = 0;
  const items = itemsThat(async (key) => {
    expect(++running).toBe(1);
    await Promise.resolve();
    running--;
    return key === 'b'
      ? { ok: false, code: 'NO_SUCH_LEASE', message: 'It has ended.' }
      : { ok: true, value: {} };
  });
  const result = await runEach(items, {
    stopped: () => false,
    onProgress: (now) => told.push(now),
  });
  expect(result).toEqual({
    done: 3,
    refused: [{ item: items[1], message: 'It has ended.' }],
    left: 0,
  });
  expect(told.map(({ left }) => left)).toEqual([3, 2, 1, 0]);
});

test('once it is stopped, what was not come to is left', async () => {
  let count = 0;
  const items = itemsThat(async () => {
    count++;
    return { ok: true, value: {} };
  });
  const result = await runEach(items, {
    stopped: () => count === 2,
    onProgress: () => undefined,
  });
  expect(result).toEqual({ done: 2, refused: [], left: 2 });
});
