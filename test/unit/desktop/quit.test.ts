import { expect, test, vi } from 'vitest';
import { createOrderlyQuit } from '../../../src-main/desktop/start/orderly-quit.ts';
import { deriveQuitQuestion } from '../../../src-main/desktop/tray/plan-quit.ts';
import { deriveRecovery } from '../../../src-main/desktop/node/recovery.ts';
import { ReloadLimit } from '../../../src-main/desktop/window/reload-limit.ts';
import { makeLicense, makeUi } from '../../support/snapshot-builders.ts';

const served = { licenses: [makeLicense({ inUse: 3 })] };

test('the admin is asked when something would stop, and the safe answer is the default', () => {
  const question = deriveQuitQuestion(makeUi({ node: served }));
  expect(question?.message).toBe('Quitting stops 1 licence with 3 seats in use.');
  expect(question?.buttons?.[question.defaultId ?? 0]).toBe('Go on serving');
  expect(question?.cancelId).toBe(question?.defaultId);
});

test.each([
  ['nothing is served', makeUi()],
  ['the node goes on', makeUi({ connection: { mode: 'attached' }, node: served })],
  ['the node is away', makeUi({ connection: { state: 'away' }, node: served })],
])('not when %s', (_name, ui) => {
  expect(deriveQuitQuestion(ui)).toBeNull();
});

test('what was typed and not applied is named, whatever else there is to ask', () => {
  const both = deriveQuitQuestion(makeUi({ node: served }), ['Network', 'Limits', 'Network']);
  expect(both?.message).toBe('Quitting stops 1 licence with 3 seats in use.');
  expect(both?.detail).toContain('What was typed and not applied would be lost: Network, Limits.');
  for (const ui of [makeUi(), makeUi({ connection: { mode: 'attached' }, node: served })]) {
    const question = deriveQuitQuestion(ui, ['Network']);
    expect(question?.message).toBe('Quit without applying what was typed?');
    expect(question?.detail).toBe('What was typed and not applied would be lost: Network.');
    expect(question?.buttons?.[question.defaultId ?? 0]).toBe('Stay');
    expect(question?.cancelId).toBe(question?.defaultId);
  }
});

test('the end waits for the orderly stop, which is begun once', async () => {
  let finish = (): void => undefined;
  const stop = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  const exit = vi.fn();
  const hold = createOrderlyQuit({ stop, exit });
  const held = vi.fn();
  hold({ preventDefault: held });
  hold({ preventDefault: held });
  expect([stop.mock.calls.length, held.mock.calls.length, exit.mock.calls.length]).toEqual([
    1, 2, 0,
  ]);
  finish();
  await vi.waitFor(() => expect(exit).toHaveBeenCalledOnce());
  hold({ preventDefault: held });
  expect(held).toHaveBeenCalledTimes(2);
});

test('a stop that fails does not keep the program', async () => {
  const exit = vi.fn();
  createOrderlyQuit({ stop: () => Promise.reject(new Error('no')), exit })({
    preventDefault: () => undefined,
  });
  await vi.waitFor(() => expect(exit).toHaveBeenCalledOnce());
});

test('only a damaged ledger can be put aside', () => {
  const damaged = deriveRecovery({ code: 'STORE_DAMAGED', message: 'Damaged.' });
  expect(damaged.choices).toEqual(['tryAgain', 'startAnew', 'openFolder', 'later']);
  expect(damaged.question.detail).toMatch(/^Damaged\.\n\n.*deletes nothing/);
  const newer = deriveRecovery({ code: 'STORE_NEWER', message: 'Newer.' });
  expect(newer.choices).toEqual(['tryAgain', 'openFolder', 'later']);
  expect(newer.question.cancelId).toBe(2);
});

test('a page is loaded again three times a minute', () => {
  const limit = new ReloadLimit({ reloadsMax: 3, withinMs: 60_000 });
  expect([0, 1, 2, 3, 59_999].map((atMs) => limit.allow(atMs))).toEqual([
    ...[true, true, true],
    ...[false, false],
  ]);
  expect(limit.allow(60_000)).toBe(true);
});
