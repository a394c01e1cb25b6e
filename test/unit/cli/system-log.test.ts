import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostLine, isJournal, journalLine } from '../../../src-main/cli/frame/system-log.ts';
import { eventIdOf } from '../../../src-shared/model/event-id.ts';
import { notifyTopicOf } from '../../../src-shared/model/notify.ts';
import { timelineKindSchema } from '../../../src-shared/model/timeline.ts';
import { skipFor } from '../../support/skip.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

describe('an entry in the log of the system', () => {
  it('is one line, whatever is in its message', () => {
    const entry = { kind: 'failoverBegan', severity: 'warning' } as const;
    expect(journalLine({ ...entry, message: 'B serves.' })).toBe('<4>[200] B serves.\n');
    expect(journalLine({ ...entry, severity: 'error', message: 'x' })).toMatch(/^<3>/);
    expect(hostLine({ ...entry, message: 'a\n<0>event 1 b' })).toBe(
      'event 200 warning a\\u000a<0>event 1 b\n',
    );
    expect(hostLine({ ...entry, message: 'x'.repeat(5_000) })).toHaveLength(1_019);
  });

  const notUnix = process.platform === 'win32' ? 'systemd is a matter of Linux' : null;
  it('goes to systemd only where stderr is what systemd made', skipFor(notUnix), () => {
    const file = openSync(join(makeTemporaryDirectory(), 'stderr'), 'w');
    const { dev, ino } = fstatSync(file, { bigint: true });
    expect(isJournal(`${dev}:${ino}`, file)).toBe(true);
    expect(isJournal(`${dev}:${ino + 1n}`, file)).toBe(false);
    expect(isJournal(undefined, file)).toBe(false);
    closeSync(file);
  });
});

describe('the table of ids', () => {
  it('gives every kind of entry a number of its own that fits an event log', () => {
    const ids = timelineKindSchema.options.map((kind) => eventIdOf[kind]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => id >= 100 && id < 0x10000)).toBe(true);
  });

  it('is the one of the documentation', () => {
    const page = new URL('../../../docs/admin/monitoring.md', import.meta.url);
    const rows = [...readFileSync(page, 'utf8').matchAll(/^\| (\d+) \| `(\w+)` \| `(\w+)` \|$/gm)];
    const told = rows.map(([, id, kind, topic]) => [kind, Number(id), topic]);
    const known = Object.entries(eventIdOf).map(([kind, id]) => [
      kind,
      id,
      notifyTopicOf[timelineKindSchema.parse(kind)],
    ]);
    expect(told).toEqual(known);
  });
});
