import { expect, test } from 'vitest';
import { compareUrgency } from '../../../src-shared/view/attention-order.ts';
import type { Attention } from '../../../src-shared/model/attention.ts';
import { deriveTray } from '../../../src-main/desktop/tray/derive-tray.ts';
import { atMs, dayMs, makeLicense, makeUi } from '../../support/snapshot-builders.ts';

function notice(key: string, severity: Attention['severity'] = 'warning'): Attention {
  return { key, severity, title: key, text: '', tab: 'licences' };
}

test('the worst come first, and of licences that expire those that do so soonest', () => {
  const notices = [
    notice('expires:a:1:30'),
    notice('exhausted:b'),
    notice('expires:c:1:1'),
    notice('readiness'),
    notice('expired:d:1', 'error'),
    notice('failover:x:y', 'error'),
    notice('relationship:r:forming', 'info'),
  ];
  expect(notices.sort(compareUrgency).map(({ key }) => key)).toEqual([
    'failover:x:y',
    'expired:d:1',
    'readiness',
    'exhausted:b',
    'expires:c:1:1',
    'expires:a:1:30',
    'relationship:r:forming',
  ]);
});

test('window and tray say the same first', () => {
  const expires = new Date(atMs + 6 * dayMs).toISOString();
  const licenses = ['b', 'a'].map((id) =>
    makeLicense({ id, feature: id, units: 2, inUse: id === 'a' ? 2 : 0, expires }),
  );
  const ui = makeUi({ node: { licenses } });
  expect(ui.attention.map(({ title }) => title)).toEqual([
    'a: all seats in use',
    'b: licence expires soon',
    'a: licence expires soon',
  ]);
  const conditions = { nowMs: atMs, darkPanel: false, recoverable: false };
  expect(deriveTray(ui, conditions).tooltip).toMatch(/^a: all seats in use \(and 2 more\)\n/);
});
