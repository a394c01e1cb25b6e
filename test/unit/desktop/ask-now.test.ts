import { afterEach, expect, test, vi } from 'vitest';
import { answerAwaitedMs, askNow } from '../../../src-main/desktop/node/ask-now.ts';
import type { NodeClient } from '../../../src-main/desktop/node/node-client.ts';
import { makeNode } from '../../support/snapshot-builders.ts';

type Call = NodeClient['call'];

afterEach(() => vi.useRealTimers());

test('a question is asked of what the node says at that moment', async () => {
  const node = makeNode();
  const call = vi.fn(async () => ({ ok: true, value: node }));
  expect(await askNow({ call: call as unknown as Call })).toBe(node);
  expect(call).toHaveBeenCalledWith('snapshot', {});
});

test('a node that refuses, breaks off or hangs does not hold the question back', async () => {
  vi.useFakeTimers();
  const refused = async () => ({ ok: false, code: 'NODE_AWAY', message: 'No server runs here.' });
  expect(await askNow({ call: refused as unknown as Call })).toBeNull();
  const broken = () => Promise.reject(new Error('the pipe ended'));
  expect(await askNow({ call: broken })).toBeNull();
  let answer: unknown = 'none';
  const hangs = () => new Promise<never>(() => undefined);
  void askNow({ call: hangs }).then((value) => (answer = value));
  await vi.advanceTimersByTimeAsync(answerAwaitedMs - 1);
  expect(answer).toBe('none');
  await vi.advanceTimersByTimeAsync(1);
  expect(answer).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});
