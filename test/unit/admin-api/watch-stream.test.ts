import { expect, it, onTestFinished, vi } from 'vitest';
import { unchangedLine } from '../../../src-shared/contract/admin.ts';
import {
  openWatchStream,
  type WatchOptions,
} from '../../../src-main/node/admin-api/watch-stream.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';

it('builds nothing for a slow reader and then gives it the newest', async () => {
  let revision = 0;
  let built = 0;
  let tell: () => void = () => undefined;
  const stream = openWatchStream(
    {
      snapshot: () => {
        built++;
        return { leasesRevision: revision } as NodeSnapshot;
      },
      onChange: (listener) => {
        tell = listener;
        return () => (tell = () => undefined);
      },
    },
    { takesUnchanged: false, pace: 'close' },
  );
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

/** Lines of a stream for so many seconds of a server whose time goes on; `change` may change it before each. */
function linesOver(
  seconds: number,
  options: WatchOptions,
  change: (second: number, tell: () => void) => void = () => undefined,
): unknown[] {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let second = 0;
  let tell: () => void = () => undefined;
  const service = {
    snapshot: () => ({
      ...({
        leasesRevision,
        servers: [],
        relationship: null,
        relationships: [],
        ledgers: [],
      } as unknown as NodeSnapshot),
      at: new Date(second * 1_000).toISOString(),
      server: { uptimeSeconds: second } as NodeSnapshot['server'],
    }),
    onChange: (listener: () => void) => {
      tell = listener;
      return () => undefined;
    },
  };
  const stream = openWatchStream(service, options);
  onTestFinished(() => void stream.destroy());
  const lines: unknown[] = [];
  const read = () => {
    for (let chunk = stream.read() as Buffer | null; chunk; chunk = stream.read() as Buffer | null)
      lines.push(
        ...String(chunk)
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      );
  };
  for (; second < seconds; second++) {
    read();
    change(second, tell);
    read();
    vi.advanceTimersByTime(1_000);
  }
  read();
  return lines;
}

let leasesRevision = 0;
const closely: WatchOptions = { takesUnchanged: true, pace: 'close' };
const calmly: WatchOptions = { takesUnchanged: true, pace: 'calm' };
const unchanged = JSON.parse(unchangedLine) as unknown;

it('says that nothing has changed to who takes that, and a snapshot every five seconds', () => {
  const lines = linesOver(10, closely);
  const whole = lines.filter((line) => JSON.stringify(line) !== unchangedLine);
  expect(lines.length).toBeGreaterThanOrEqual(10);
  expect(whole.length).toBeLessThanOrEqual(4);
  expect(lines).toContainEqual(unchanged);
  expect(linesOver(10, { ...closely, takesUnchanged: false })).not.toContainEqual(unchanged);
});

it('tells a change at once, also one that nobody told of', () => {
  const told = linesOver(3, closely, (second, tell) => {
    if (second !== 1) return;
    leasesRevision++;
    tell();
  });
  expect(told.filter((line) => JSON.stringify(line) !== unchangedLine)).toHaveLength(2);
  const first = leasesRevision;
  const untold = linesOver(4, closely, () => void leasesRevision++) as {
    leasesRevision?: number;
  }[];
  const seen = new Set(untold.flatMap(({ leasesRevision: one }) => one ?? []));
  for (let one = first + 1; one < leasesRevision; one++) expect(seen).toContain(one);
});

it('sends a calm watcher a sign every four seconds and a snapshot a minute', () => {
  const lines = linesOver(120, calmly);
  const whole = lines.filter((line) => JSON.stringify(line) !== unchangedLine);
  expect(whole).toHaveLength(3);
  expect(lines.length).toBeGreaterThanOrEqual(30);
  expect(lines.length).toBeLessThanOrEqual(32);
});

it('tells a calm watcher the first of many changes at once, and those after it together', () => {
  const lines = linesOver(4, calmly, (second, tell) => {
    if (second !== 2) return;
    for (let change = 0; change < 20; change++) {
      leasesRevision++;
      tell();
    }
  }) as { leasesRevision?: number }[];
  const seen = lines.flatMap(({ leasesRevision: one }) => one ?? []);
  expect(seen).toEqual([leasesRevision - 20, leasesRevision - 19, leasesRevision]);
});
