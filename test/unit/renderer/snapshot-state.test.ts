import { expect, test } from 'vitest';
import { acceptSnapshot, type SnapshotState } from '../../../src-renderer/base/snapshot-state.ts';
import { snapshot } from '../../support/renderer-harness/fixture.ts';

const empty: SnapshotState = { ui: null, node: null, problem: 'not there yet' };

test('takes the first snapshot, whatever its revision, and forgets the problem', () => {
  const state = acceptSnapshot(empty, { ...snapshot, revision: 0 });
  expect(state.ui?.revision).toBe(0);
  expect(state.problem).toBeNull();
});

test('drops a snapshot that is older than the known one, or the same', () => {
  const state = acceptSnapshot(empty, { ...snapshot, revision: 7 });
  expect(acceptSnapshot(state, { ...snapshot, revision: 6, attention: [] })).toBe(state);
  expect(acceptSnapshot(state, { ...snapshot, revision: 7, attention: [] })).toBe(state);
  expect(acceptSnapshot(state, { ...snapshot, revision: 8, attention: [] })).not.toBe(state);
});

test('keeps the last known node, and the identity of what did not change', () => {
  const first = acceptSnapshot(empty, { ...snapshot, revision: 1 });
  const second = acceptSnapshot(first, { ...structuredClone(snapshot), revision: 2 });
  expect(second.node).toBe(first.node);
  const away = acceptSnapshot(second, { ...snapshot, revision: 3, node: null });
  expect(away.ui?.node).toBeNull();
  expect(away.node).toBe(first.node);
});
