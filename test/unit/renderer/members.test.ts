import { movedTo } from '../../../src-renderer/features/setup/server-order.ts';
import { describe, expect, test } from 'vitest';
import {
  changeOf,
  changesOf,
  isComplete,
  startDraft,
} from '../../../src-renderer/tabs/failover/member-draft.ts';
import type { MemberStatus } from '../../../src-shared/model/relationship.ts';

function member(id: string, role: MemberStatus['role']): MemberStatus {
  const state = { address: '', paired: true, connected: true, synchronised: true };
  return { id, name: id, role, ...state, clockDifferenceMs: 0, version: null };
}

const pair = [member('a', 'main'), member('b', 'backup'), member('w', 'witness')];
const many = Array.from({ length: 11 }, (_, rank) => member(`m${rank}`, 'follower'));

describe('a change of members', () => {
  test.each([
    ['backup', false, pair, ['replace', 'add', 'order']],
    ['backup', true, pair, ['replace']],
    ['triad', false, pair, ['replace', 'remove', 'order']],
    ['pool', false, many.slice(0, 2), ['replace', 'add', 'order']],
    ['pool', false, many, ['replace', 'remove', 'order']],
  ] as const)(
    'of a %s, mutual %s, can be what the node takes',
    (kind, mutual, members, changes) => {
      expect(changesOf({ kind, mutual, members: [...members] })).toEqual(changes);
    },
  );

  test('is complete when its servers are chosen, and then what the node takes', () => {
    const shape = { kind: 'backup', mutual: false, members: pair } as const;
    const start = startDraft({ ...shape, members: [...pair] });
    expect(start.order).toEqual(['a', 'b']);
    const drafts = [
      [
        { change: 'replace', server: 'a' },
        { change: 'replace', server: 'a', by: 'c' },
      ],
      [{ change: 'add' }, { change: 'add', server: 'c' }],
    ] as const;
    for (const [part, expected] of drafts) {
      const draft = { ...start, ...part };
      expect(isComplete(draft, { ...shape, members: [...pair] })).toBe(false);
      expect(isComplete({ ...draft, by: 'c' }, { ...shape, members: [...pair] })).toBe(true);
      expect(changeOf({ ...draft, by: 'c' })).toEqual(expected);
    }
    const order = { ...start, change: 'order' } as const;
    expect(isComplete(order, { ...shape, members: [...pair] })).toBe(false);
    const swapped = { ...order, order: movedTo(order.order, 0, 1) };
    expect(isComplete(swapped, { ...shape, members: [...pair] })).toBe(true);
    expect(changeOf(swapped)).toEqual({ change: 'order', servers: ['b', 'a'] });
    expect(changeOf({ ...start, change: 'remove', server: 'b' })).toEqual({
      change: 'remove',
      server: 'b',
    });
  });

  test('moves one server to another place', () => {
    expect(movedTo(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'c', 'b']);
    expect(movedTo(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
    expect(movedTo(['a', 'b', 'c'], 0, 9)).toEqual(['b', 'c', 'a']);
    expect(movedTo(['a', 'b', 'c'], 5, 1)).toEqual(['a', 'b', 'c']);
  });
});
