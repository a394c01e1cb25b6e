import { expect, test } from 'vitest';
import { deriveSnapshot } from '../../../src-shared/view/derive-snapshot.ts';
import type { Serving } from '../../../src-shared/model/node-snapshot.ts';
import type { TrayState, UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import {
  at,
  dayMs,
  makeDesktop,
  makeLicense,
  makeNode,
  makeUi,
} from '../../support/snapshot-builders.ts';

const degraded: Serving = {
  state: 'degraded',
  reasons: [{ code: 'STORE_UNAVAILABLE', message: 'The disk is full.' }],
  since: at,
};

test.each([
  ['serving', makeUi()],
  ['failover', makeUi({ node: { serving: degraded } })],
  ['stopped', makeUi({ node: { serving: { ...degraded, state: 'stopped' } } })],
  ['stopped', makeUi({ connection: { state: 'away' } })],
  ['stopped', makeUi({ connection: { state: 'starting' }, node: null })],
] satisfies [TrayState, UiSnapshot][])('tray state %s', (state, ui) => {
  expect(ui.trayState).toBe(state);
});

test('an away node is the worst that there is, with its reason', () => {
  const ui = makeUi({
    connection: {
      state: 'away',
      sinceMs: 5,
      message: 'It stopped. It is started again by itself.',
    },
    node: { serving: degraded, licenses: [makeLicense({ inUse: 10 })] },
  });
  expect(ui.attention.map(({ key }) => key)).toEqual(['node:away:5', 'exhausted:acme-cad']);
  expect(ui.attention[0]).toMatchObject({
    severity: 'error',
    text: 'It stopped. It is started again by itself.',
  });
});

test('a trial that is over is told of for a month', () => {
  const attentionAfter = (days: number) => {
    const expires = new Date(Date.parse(at) - days * dayMs).toISOString();
    const trial = { trialDays: 10, trialBegan: '2026-01-01T00:00:00Z', expires };
    const over = makeLicense({ ...trial, validity: 'expired' });
    return makeUi({ node: { licenses: [over] } }).attention;
  };
  expect(attentionAfter(29)).toMatchObject([{ severity: 'warning', title: 'cad: trial over' }]);
  expect(attentionAfter(31)).toEqual([]);
});

test('a node that starts needs no attention yet', () => {
  expect(makeUi({ connection: { state: 'starting' }, node: null }).attention).toEqual([]);
});

test('notices of the shell come after what the node says', () => {
  const notice = {
    key: 'desktopSettings:damaged',
    severity: 'warning',
    title: 'Settings',
    text: 'Kept aside.',
    tab: 'settings',
  } as const;
  const { attention, setAside } = deriveSnapshot(7, {
    connection: { state: 'connected', mode: 'attached', sinceMs: 0 },
    node: makeNode({ licenses: [makeLicense({ inUse: 10 })] }),
    desktop: makeDesktop(),
    notices: [notice],
    setAside: [notice.key],
  });
  expect(attention.map(({ key }) => key)).toEqual(['exhausted:acme-cad', notice.key]);
  expect(setAside).toEqual([notice.key]);
});

test('data that is missing is said once, whatever the server does meanwhile', () => {
  const message = 'ledger.db is missing. Accept the loss.';
  const missingData = { noticedAt: at, message, warning: null, givers: [] };
  const reasons = [{ code: 'DATA_MISSING', message }];
  for (const state of ['stopped', 'standby'] as const) {
    const { attention } = makeUi({ node: { missingData, serving: { state, reasons, since: at } } });
    expect(attention).toMatchObject([
      { key: `missing-data:${at}`, severity: 'error', text: message },
    ]);
  }
});

test('a backup that was not made is said, and where it is set right', () => {
  const problem = { at, message: 'The backup was not written: the disk is full.' };
  const { backups } = makeNode();
  const { attention } = makeUi({ node: { backups: { ...backups, problem } } });
  expect(attention).toMatchObject([
    { severity: 'warning', text: problem.message, tab: 'settings' },
  ]);
});
