import { expect, it, onTestFinished } from 'vitest';
import { openWatchStream } from '../../../src-main/node/admin-api/watch-stream.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';

it('builds nothing for a slow reader and then gives it the newest', async () => {
  let revision = 0;
  let built = 0;
  let tell: () => void = () => undefined;
  const stream = openWatchStream({
    snapshot: () => {
      built++;
      return { leasesRevision: revision } as NodeSnapshot;
    },
    onChange: (listener) => {
      tell = listener;
      return () => (tell = () => undefined);
    },
  });
  onTestFinished(() => void stream.destroy());
  const read = async () => {
    for (;;) {
      const chunk = stream.read() as Buffer | null;
      if (chunk) return JSON.parse(String(chunk)) as { leasesRevision: number };
      await new Promise((resolve) => stream.once('readable', resolve));
    }
  };
  expect(await read()).toEqual({ leasesRevision: 0 });
  for (revision = 1; revision < 1_000; revision++) tell();
  expect(built).toBeLessThan(4);
  revision = 1_000;
  tell();
  let last = await read();
  while (last.leasesRevision < 1_000) last = await read();
  expect(built).toBeLessThan(6);
});
