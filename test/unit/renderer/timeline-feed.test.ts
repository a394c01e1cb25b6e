import { beforeEach, describe, expect, test } from 'vitest';
import type { AdminParams } from '../../../src-shared/contract/admin.ts';
import type { TimelineEvent } from '../../../src-shared/model/timeline.ts';
import { entriesAtOnce, TimelineFeed } from '../../../src-renderer/tabs/timeline/timeline-feed.ts';
import { timelineText } from '../../../src-renderer/tabs/timeline/timeline-text.ts';
import { serverId } from '../../support/renderer-harness/fixture.ts';

let log: TimelineEvent[];
let asked: AdminParams<'events.list'>[];
let refuses: boolean;

function event(sequence: number): TimelineEvent {
  const severity = sequence % 5 === 0 ? 'error' : 'info';
  const at = new Date(sequence * 1_000).toISOString();
  return {
    sequence,
    server: serverId,
    at,
    kind: 'settingsChanged',
    severity,
    message: `# ${sequence}`,
  };
}

function append(count: number): number {
  for (let i = 0; i < count; i++) log.push(event(log.length + 1));
  return log.length;
}

/** As the node answers: after a sequence oldest first, else newest first. */
async function fetchEvents(params: AdminParams<'events.list'>) {
  asked.push(params);
  if (refuses) return { ok: false as const, code: 'NODE_AWAY', message: 'Away.' };
  const { afterSequence, beforeSequence = Infinity, severities, server, limit = 100 } = params;
  const matching = log.filter(
    ({ sequence, severity, server: recorder }) =>
      sequence > (afterSequence ?? 0) &&
      sequence < beforeSequence &&
      (!severities || severities.includes(severity)) &&
      (server === undefined || recorder === server),
  );
  if (afterSequence === undefined) matching.reverse();
  return { ok: true as const, value: { events: matching.slice(0, limit) } };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

const sequences = (feed: TimelineFeed) => feed.getState().entries.map(({ sequence }) => sequence);
const down = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, i) => from - i);

beforeEach(() => {
  log = [];
  asked = [];
  refuses = false;
});

describe('TimelineFeed', () => {
  test('has the newest first, and older ones when they are wanted', async () => {
    append(450);
    const feed = new TimelineFeed({ search: '' }, fetchEvents);
    feed.open();
    await settle();
    expect(sequences(feed)).toEqual(down(450, 251));
    await feed.loadOlder();
    await feed.loadOlder();
    expect(sequences(feed)).toEqual(down(450, 1));
    expect(feed.getState().ended).toBe(true);
    const times = asked.length;
    await feed.loadOlder();
    expect(asked).toHaveLength(times);
  });

  test('tells by when it happened what another server tells late', async () => {
    append(450);
    const feed = new TimelineFeed({ search: '' }, fetchEvents);
    feed.open();
    await settle();
    const late = { ...event(451), at: new Date(300_500).toISOString() };
    const early = { ...event(452), at: new Date(100_500).toISOString() };
    log.push(late, early, event(453));
    feed.follow(453);
    await settle();
    const held = [453, ...down(450, 301), 451, ...down(300, 251)];
    expect(sequences(feed)).toEqual([...held, 452]);
    await feed.loadOlder();
    await feed.loadOlder();
    expect(sequences(feed)).toEqual([...held, ...down(250, 101), 452, ...down(100, 1)]);
    expect(feed.getState().ended).toBe(true);
  });

  test('follows what happens, however much at once, without a gap or a double', async () => {
    append(10);
    const feed = new TimelineFeed({ search: '' }, fetchEvents);
    feed.open();
    await settle();
    feed.follow(append(1));
    feed.follow(append(3 * entriesAtOnce));
    await settle();
    expect(sequences(feed)).toEqual(down(log.length, 1));
  });

  test('an entry that came between the notice and the answer is there once', async () => {
    append(5);
    const feed = new TimelineFeed({ search: '' }, fetchEvents);
    feed.open();
    await settle();
    append(1);
    feed.follow(append(1));
    feed.follow(7);
    await settle();
    expect(sequences(feed)).toEqual(down(7, 1));
    feed.follow(append(1));
    await settle();
    expect(sequences(feed)).toEqual(down(8, 1));
  });

  test('asks for what matches only, and does not ask again for what does not', async () => {
    append(4);
    const feed = new TimelineFeed({ search: '', severities: ['error'] }, fetchEvents);
    feed.open();
    await settle();
    expect(sequences(feed)).toEqual([]);
    expect(feed.getState()).toMatchObject({ loaded: true, ended: true });
    feed.follow(append(2));
    await settle();
    expect(sequences(feed)).toEqual([5]);
    const times = asked.length;
    feed.follow(6);
    await settle();
    expect(asked).toHaveLength(times);
  });

  test('says why it was refused, and goes on at the next notice', async () => {
    append(3);
    const feed = new TimelineFeed({ search: '' }, fetchEvents);
    refuses = true;
    feed.open();
    await settle();
    expect(feed.getState().refusal?.message).toBe('Away.');
    refuses = false;
    feed.follow(append(1));
    await settle();
    expect(sequences(feed)).toEqual([4, 3, 2, 1]);
    expect(feed.getState().refusal).toBeNull();
  });
});

test('asks for the entries of one server', async () => {
  append(5);
  const other = 'b'.repeat(64);
  log = log.map((entry) => (entry.sequence === 3 ? { ...entry, server: other } : entry));
  const feed = new TimelineFeed({ search: '', server: other }, fetchEvents);
  feed.open();
  await settle();
  expect(sequences(feed)).toEqual([3]);
  log.push({ ...event(6), server: other });
  feed.follow(6);
  await settle();
  expect(sequences(feed)).toEqual([6, 3]);
  expect(asked.map(({ server }) => server)).toEqual([other, other]);
});

test('copied entries are a line each, with the server where there are several', () => {
  const named = timelineText([event(1)], new Map([[serverId, 'SRV-A']]));
  expect(named).toBe('1970-01-01T00:00:01.000Z\tinfo\tSRV-A\t# 1');
  const text = timelineText([{ ...event(2), message: 'two\nlines' }, event(1)], null);
  expect(text.split('\n')).toEqual([
    '1970-01-01T00:00:02.000Z\tinfo\ttwo lines',
    '1970-01-01T00:00:01.000Z\tinfo\t# 1',
  ]);
});
