import { expect, it, onTestFinished, vi } from 'vitest';
import { unchangedLine } from '../../../src-shared/contract/admin.ts';
import { openWatchStream } from '../../../src-main/node/admin-api/watch-stream.ts';
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
    { takesUnchanged: false },
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
  takesUnchanged: boolean,
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
  const stream = openWatchStream(service, { takesUnchanged });
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
    change(second, tell);
    read();
    vi.advanceTimersByTime(1_000);
  }
  read();
  return lines;
}

let leasesRevision = 0;
const unchanged = JSON.parse(unchangedLine) as unknown;

it('says that nothing has changed to who takes that, and a snapshot every five seconds', () => {
  const lines = linesOver(10, true);
  const whole = lines.filter((line) => JSON.stringify(line) !== unchangedLine);
  expect(lines.length).toBeGreaterThanOrEqual(10);
  expect(whole.length).toBeLessThanOrEqual(4);
  expect(lines).toContainEqual(unchanged);
  expect(linesOver(10, false)).not.toContainEqual(unchanged);
});

it('tells a change at once, also one that nobody told of', () => {
  const told = linesOver(3, true, (second, tell) => {
    if (second !== 1) return;
    leasesRevision++;
    tell();
  });
  expect(told.filter((line) => JSON.stringify(line) !== unchangedLine)).toHaveLength(2);
  const first = leasesRevision;
  const untold = linesOver(4, true, () => void leasesRevision++) as { leasesRevision?: number }[];
  const seen = new Set(untold.flatMap(({ leasesRevision: one }) => one ?? []));
  for (let one = first + 1; one < leasesRevision; one++) expect(seen).toContain(one);
});
