import { describe, expect, test } from 'vitest';
import {
  blipToleratedMs,
  deriveNotifications,
  type NotificationMemory,
} from '../../../src-main/desktop/notifications/derive-notifications.ts';
import type { NodeSnapshot } from '../../../src-shared/model/node-snapshot.ts';
import { at, atMs, makeNode, makePair, makeUi } from '../../support/snapshot-builders.ts';

const atBackup = true;

describe('who serves is being found out', () => {
  const waiting = (uptimeSeconds: number, code = 'NOT_SERVING') => ({
    ...makePair({ atBackup, ledger: { active: null } }),
    server: { ...makeNode(makePair({ atBackup })).server, uptimeSeconds },
    serving: { state: 'stopped' as const, reasons: [{ code, message: 'Nobody.' }], since: at },
  });
  const titlesAt = (memory: NotificationMemory, parts: Partial<NodeSnapshot>, afterMs: number) => {
    const plan = deriveNotifications(makeUi({ node: parts }), memory, atMs + afterMs);
    return { titles: plan.show.map(({ title }) => title), memory: plan.memory };
  };
  const none: NotificationMemory = { told: [], shownAtMs: [], seenSinceMs: {} };

  test('between two that serve it is not told, and neither after a start', () => {
    const first = titlesAt(none, waiting(3_600), 0);
    expect(first.titles).toEqual([]);
    expect(titlesAt(first.memory, waiting(3_600), 1_000).titles).toEqual([]);
    const started = titlesAt(none, waiting(1), 0);
    expect(titlesAt(started.memory, waiting(20), 19_000).titles).toEqual([]);
  });

  test('when it lasts it is told', () => {
    const first = titlesAt(none, waiting(3_600), 0);
    const later = titlesAt(first.memory, waiting(3_600), blipToleratedMs);
    expect(later.titles).toContain('Not serving licences');
    const started = titlesAt(none, waiting(1), 0);
    const late = titlesAt(started.memory, waiting(26), 25_000);
    expect(late.titles).toContain('Not serving licences');
  });

  test('another reason is told at once', () => {
    expect(titlesAt(none, waiting(1, 'PORT_TAKEN'), 0).titles).toEqual(['Not serving licences']);
  });
});
