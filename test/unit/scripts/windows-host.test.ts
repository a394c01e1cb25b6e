import { expect, it } from 'vitest';
import { eventIdOf } from '../../../src-shared/model/event-id.ts';
import { loadScript } from './load-script.ts';

const { makeMessages } = await loadScript<{ makeMessages(): Promise<string> }>('windows-host');

it('the event log has words for every id, and none twice', async () => {
  const ids = [...(await makeMessages()).matchAll(/^MessageId=(\d+)$/gm)].map(([, id]) =>
    Number(id),
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => id >= 100)).toEqual(Object.values(eventIdOf));
  expect(ids.slice(0, 6)).toEqual([1, 2, 3, 4, 5, 6]);
});
