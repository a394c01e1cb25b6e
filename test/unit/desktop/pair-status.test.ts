import { describe, expect, test } from 'vitest';
import type { LicenseDetail } from '../../../src-shared/model/license.ts';
import { describeRelationships } from '../../../src-shared/view/describe-relationship.ts';
import { describeServer, describeStatus } from '../../../src-main/desktop/tray/describe-status.ts';
import { deriveTray, type TrayView } from '../../../src-main/desktop/tray/derive-tray.ts';
import { deriveMoveQuestion, notifyMoved } from '../../../src-main/desktop/tray/move-question.ts';
import { deriveQuitQuestion } from '../../../src-main/desktop/tray/plan-quit.ts';
import {
  at,
  atMs,
  makeLedger,
  makeLicense,
  makeNode,
  makePair,
  makeServerRow,
  makeUi,
  serverA,
  serverB,
  type PairParts,
} from '../../support/snapshot-builders.ts';

const uiOf = (parts: PairParts) => makeUi({ node: makePair(parts) });
const trayOf = (parts: PairParts): TrayView =>
  deriveTray(uiOf(parts), { nowMs: atMs, darkPanel: false, recoverable: false });

function labels({ menu }: TrayView): string[] {
  return menu.flatMap((entry) => (entry.type === 'separator' ? [] : [entry.label]));
}

const atBackup = true;
const failedOver: PairParts = {
  ledger: { active: serverB, term: 4, here: 'active', synchronised: [serverB] },
  main: { connected: false, synchronised: false },
  ready: false,
};
const returned: PairParts = { ledger: { active: serverB, synchronised: [serverA, serverB] } };
const switchedOver: PairParts = { ledger: { ...returned.ledger, placed: serverB } };
const alone: PairParts = {
  ledger: { synchronised: [serverA] },
  backup: { connected: false, synchronised: false },
  ready: false,
};

describe('the icon of the tray', () => {
  test.each([
    ['serving', 'the main, protected', {}],
    ['standby', 'the backup, ready', { atBackup }],
    ['failover', 'the backup that serves for the main', { ...failedOver, atBackup }],
    ['failover', 'the main that is back while the backup serves', returned],
    ['failover', 'a switchover that an admin ordered', { ...switchedOver, atBackup }],
    ['failover', 'the main without its backup', alone],
    ['failover', 'a backup that is not ready', { atBackup, ready: false }],
    [
      'failover',
      'more seats out than licensed',
      { ledger: { overdraft: { units: 1, since: at } } },
    ],
    ['serving', 'a pair that is being set up', { ...alone, relationship: { state: 'forming' } }],
  ] satisfies [string, string, PairParts][])('%s: %s', (state, _name, parts) => {
    expect(trayOf(parts).icon.state).toBe(state);
  });
});

describe('the tooltip', () => {
  test.each([
    [{}, 'SRV-A + SRV-B: ready for a failover\nSRV-A: serving 1 licence, 4 of 10 seats in use'],
    [{ atBackup }, 'SRV-A + SRV-B: ready for a failover\nSRV-B: standing by for SRV-A'],
  ] satisfies [PairParts, string][])('%j', (parts, tooltip) => {
    expect(trayOf(parts).tooltip).toBe(tooltip);
  });

  test('has the worst first', () => {
    expect(trayOf({ ...failedOver, atBackup }).tooltip.split('\n')).toEqual([
      'SRV-A stopped responding',
      'SRV-A + SRV-B: SRV-B serves for SRV-A, 1 licence, 4 seats',
      expect.stringMatching(/^SRV-B: serving/),
    ]);
  });
});

describe('a licence that is not covered', () => {
  const withOwn = (parts: PairParts, servedBy: LicenseDetail['servedBy']) => {
    const pair = makePair(parts);
    const own = makeLicense({ id: 'own', feature: 'own', inUse: 2, servedBy });
    return makeUi({ node: { ...pair, licenses: [...(pair.licenses ?? []), own] } });
  };

  test('waits for its own server while another one serves the rest', () => {
    const ui = withOwn({ ...failedOver, atBackup }, null);
    const { menu } = deriveTray(ui, { nowMs: atMs, darkPanel: false, recoverable: false });
    expect(menu.slice(0, 2)).toEqual([
      {
        type: 'text',
        label: 'SRV-A + SRV-B: SRV-B serves for SRV-A, 1 licence, 4 seats; 1 waits for SRV-A',
      },
      { type: 'text', label: 'SRV-B: serving 1 licence, 4 of 10 seats in use' },
    ]);
    expect(describeStatus(ui, new Date(atMs))).toContain('not covered: waits for SRV-A (own)');
  });

  test('is named before a switchover leaves it behind, not before it comes back', () => {
    const here = { id: serverA, name: 'SRV-A', role: 'primary', since: at } as const;
    const { node } = withOwn({}, here);
    expect(node && deriveMoveQuestion(node)?.detail).toMatch(
      / 1 licence with 2 seats in use is not covered and is not served until somebody fails back\.$/,
    );
    const later = withOwn(switchedOver, null).node;
    expect(later && deriveMoveQuestion(later)?.detail).toMatch(
      / answers them\. 1 more licence is served again: no other server may serve it\.$/,
    );
  });
});

test('a witness says so, and whom it is one for', () => {
  const server = { ...makeNode().server, id: 'c'.repeat(64), name: 'SRV-W' };
  const servers = [makeServerRow({ id: serverA, name: 'SRV-A' }), makeServerRow()];
  const ledgers = [makeLedger({ witness: server.id, here: 'standby', synchronised: [] })];
  const ui = makeUi({ node: { server, servers, ledgers, licenses: [] } });
  expect(describeServer(ui)).toBe('SRV-W: witness for SRV-A and SRV-B');
});

describe('the switchover in the menu', () => {
  test.each([
    ['away from the main', {}, 'Switch over to SRV-B …'],
    ['away from the main, seen from the backup', { atBackup }, 'Switch over to SRV-B …'],
    ['back, after a failover', returned, 'Fail back to SRV-A …'],
    ['back, after a switchover', switchedOver, 'Fail back to SRV-A …'],
  ] satisfies [string, PairParts, string][])('%s', (_name, parts, label) => {
    const entry = trayOf(parts).menu.find(
      (item) => item.type === 'command' && item.label === label,
    );
    expect(entry).toMatchObject({ command: { type: 'move' } });
  });

  test.each([
    ['the main is gone', { ...failedOver, atBackup }],
    ['the backup is gone', alone],
  ] satisfies [string, PairParts][])('none while %s', (_name, parts) => {
    expect(labels(trayOf(parts)).join('\n')).not.toMatch(/Switch over|Fail back/);
    expect(labels(trayOf(parts))).not.toContain(undefined);
  });

  test('says first what it does, and afterwards what it did', () => {
    const node = makeNode(makePair({}));
    expect(deriveMoveQuestion(node)?.message).toBe(
      'SRV-B takes over 1 licence with 4 seats in use.',
    );
    const back = deriveMoveQuestion(makeNode(makePair(returned)));
    expect(back?.message).toBe('SRV-A takes over 1 licence with 4 seats in use.');
    expect(deriveMoveQuestion(makeNode())).toBeNull();
    const [from, to] = [
      { id: serverA, name: 'SRV-A' },
      { id: serverB, name: 'SRV-B' },
    ];
    const move = { at, tookMs: 42.4, from, to, ledger: 'ledger-a' };
    const counts = { licenses: 1, leases: 4, units: 5, resumed: 0 };
    expect(notifyMoved({ moves: [{ ...move, ...counts }] })).toMatchObject({
      title: 'SRV-B serves now',
      body: '1 licence with 5 seats in use moved in 42 ms.',
    });
    expect(notifyMoved({ moves: [] }).title).toBe('Nothing was moved');
  });
});

describe('quitting', () => {
  test('a protected main passes its licences on', () => {
    expect(labels(trayOf({})).at(-1)).toBe('Quit Understudy (SRV-B takes over 1 licence) …');
    expect(deriveQuitQuestion(uiOf({}))).toMatchObject({
      message: 'SRV-B takes over 1 licence with 4 seats in use.',
      buttons: ['Quit', 'Go on serving'],
    });
  });

  test('a main whose backup is away stops them', () => {
    expect(labels(trayOf(alone)).at(-1)).toMatch(/^Quit Understudy \(stops 1 licence, 4 seats/);
  });

  test('what the failover does not cover stops; the rest is passed on', () => {
    const pair = makePair({});
    const own = makeLicense({ id: 'own', inUse: 2, failover: { configured: false } });
    const ui = makeUi({ node: { ...pair, licenses: [...(pair.licenses ?? []), own] } });
    const question = deriveQuitQuestion(ui);
    expect(question?.message).toBe('Quitting stops 1 licence with 2 seats in use.');
    expect(question?.detail).toContain('SRV-B takes over 1 licence with 4 seats in use.');
  });

  test('a standby ends the protection, and stops nothing', () => {
    expect(labels(trayOf({ atBackup })).at(-1)).toBe('Quit Understudy (ends protection) …');
    const question = deriveQuitQuestion(uiOf({ atBackup }));
    expect(question?.message).toBe('Quitting ends the protection by this server.');
    expect(question?.detail).toContain('Nothing protects SRV-A until Understudy runs here again.');
  });
});

test('one line says what matters most of the relationship', () => {
  const lineOf = (parts: PairParts) => describeRelationships(makeNode(makePair(parts))).join('\n');
  expect(lineOf(alone)).toBe('SRV-A + SRV-B: no standby is left, SRV-B is down');
  expect(lineOf({ relationship: { state: 'forming' } })).toBe('SRV-A + SRV-B: being set up');
  expect(lineOf({ ready: false })).toBe('SRV-A + SRV-B: a failover would not work now');
  expect(describeRelationships(makeNode())).toEqual([]);
});

test('the copied status has members, who serves and why it is not ready', () => {
  const text = describeStatus(uiOf({ ...failedOver, atBackup }), new Date(atMs));
  expect(text).toContain('Relationship: backup, policy available, established\n');
  expect(text).toContain('  main SRV-A (srv-a:7470): not connected, not synchronised\n');
  expect(text).toContain(
    '  Licences of SRV-A: served by SRV-B, term 4, 1 licence, 4 seats in use\n',
  );
  expect(text).toContain('  Ready for a failover: no\n    CLOCK: The clocks differ.\n');
  expect(text).toContain('served by failover server SRV-B');
});

test('of two that serve each for itself, both are switched over and given back', () => {
  const own = makeLedger({
    id: 'ledger-b',
    members: [serverB, serverA],
    active: serverB,
    here: 'standby',
  });
  const pair = makePair({ relationship: { mutual: true } });
  const node = makeNode({ ...pair, ledgers: [...(pair.ledgers ?? []), own] });
  expect(deriveMoveQuestion(node)?.message).toMatch(/^SRV-B takes over/);
  const both = makeNode({
    ...pair,
    ledgers: [makeLedger({ active: serverB, placed: serverB }), { ...own, placed: null }],
  });
  expect(deriveMoveQuestion(both)).toMatchObject({ title: 'Fail back' });
});
