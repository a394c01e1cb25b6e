import { expect, test } from 'vitest';
import { groupNotices } from '../../../src-renderer/tabs/overview/group-notices.ts';
import type { Attention } from '../../../src-shared/model/attention.ts';

function notice(key: string, severity: Attention['severity'] = 'warning'): Attention {
  return { key, severity, title: key, text: '', tab: 'licences' };
}

test('three of a kind are one line, two are not, and other kinds never are', () => {
  const three = ['a', 'b', 'c'].map((id) => notice(`exhausted:${id}`));
  const failovers = ['a', 'b', 'c'].map((id) => notice(`unsynchronised:${id}`));
  expect(groupNotices(three.slice(0, 2))).toHaveLength(2);
  expect(groupNotices(three)).toEqual([
    { key: 'exhausted:warning', title: '3 licences have all seats in use', notices: three },
  ]);
  expect(groupNotices(failovers)).toHaveLength(3);
});

test('a thousand of a kind are one line with all of them in it', () => {
  const many = Array.from({ length: 1_000 }, (_, i) => notice(`expires:l${i}:1:30`));
  const [group, ...others] = groupNotices(many);
  expect(others).toEqual([]);
  expect(group?.notices).toEqual(many);
});
