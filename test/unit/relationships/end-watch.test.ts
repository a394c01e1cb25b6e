import { expect, it, onTestFinished, vi } from 'vitest';
import type { TimelineNote } from '../../../src-main/node/base/timeline-note.ts';
import type { Candidates } from '../../../src-main/node/relationships/candidates.ts';
import { EndWatch } from '../../../src-main/node/relationships/end-watch.ts';
import type { OwnRelationship } from '../../../src-main/node/relationships/shared-ledgers.ts';

const lasting = 6_000;

/**
 * A watch at "own", which is in one relationship with "other" until `end` is called. `goal`: who is to take part
 * by what was heard last.
 */
function watchPair(endedHere: boolean, goal: string[] | null = null) {
  vi.useFakeTimers();
  const notes: TimelineNote[] = [];
  const relationship = { id: 'r', members: ['own', 'other'], goal: goal && { members: goal } };
  const replicas = [{ view: () => ({ config: { relationship } }) }];
  const all = [{ relationship, replicas } as unknown as OwnRelationship];
  const watch = new EndWatch({
    relationships: { all: () => all, isEndedHere: () => endedHere },
    candidates: { ownId: 'own', nameOf: () => 'SRV-B' } as unknown as Candidates,
    clock: () => ({ monotonicMs: Date.now(), wallMs: Date.now() }),
    note: (note) => notes.push(note),
  });
  watch.start();
  onTestFinished(() => {
    watch.stop();
    vi.useRealTimers();
  });
  return { notes, watch, end: () => void all.pop() };
}

it('tells of a relationship that ends within the second in which this server was started', () => {
  const { notes, end } = watchPair(false);
  end();
  vi.advanceTimersByTime(lasting);
  expect(notes.map(({ message }) => message)).toEqual([
    expect.stringContaining('The relationship with SRV-B was dissolved by another admin'),
  ]);
});

it('tells nothing of one that was ended here, nor of one that goes on', () => {
  for (const ends of [true, false]) {
    const { notes, end } = watchPair(true);
    if (ends) end();
    vi.advanceTimersByTime(lasting);
    expect(notes).toEqual([]);
  }
});

it('tells of no end where this server is to take part again, but that it protects nobody until then', () => {
  const { notes, end } = watchPair(false, ['other', 'own']);
  end();
  vi.advanceTimersByTime(lasting);
  expect(notes).toMatchObject([
    { kind: 'relationshipChanged', severity: 'warning', message: expect.stringContaining('again') },
  ]);
  const taken = watchPair(false, ['other']);
  taken.end();
  vi.advanceTimersByTime(lasting);
  expect(taken.notes).toMatchObject([{ kind: 'relationshipDissolved' }]);
});
