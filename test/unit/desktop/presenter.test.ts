import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { NodeLinkState } from '../../../src-main/desktop/node/node-link.ts';
import { Presenter } from '../../../src-main/desktop/start/presenter.ts';
import { desktopSettingsSchema } from '../../../src-shared/model/desktop-settings.ts';
import type { DesktopStatus } from '../../../src-shared/model/ui-snapshot.ts';
import { makeDesktop, makeNode } from '../../support/snapshot-builders.ts';

let node: NodeLinkState;
let desktop: DesktopStatus;
let refreshes = 0;
let presenter: Presenter;

const connected = { state: 'connected', mode: 'embedded', sinceMs: 0 } as const;

beforeEach(() => {
  vi.useFakeTimers();
  node = { connection: connected, node: makeNode(), failure: null };
  desktop = makeDesktop();
  refreshes = 0;
  const settings = desktopSettingsSchema.parse({});
  presenter = new Presenter({
    node: () => node,
    desktop: () => desktop,
    notices: () => [],
    darkPanel: () => false,
    settings: { get: () => settings, change: () => undefined },
    renderTray: () => void refreshes++,
    showInWindow: () => undefined,
    notify: () => undefined,
  });
  presenter.refresh();
  refreshes = 0;
});

afterEach(() => {
  presenter.stop();
  vi.useRealTimers();
});

test('a server that is as it should be costs next to nothing', () => {
  vi.advanceTimersByTime(60_000);
  expect(refreshes).toBe(12);
});

test('what hangs on the time alone is followed by the second', () => {
  node = { ...node, connection: { ...connected, state: 'away', message: 'It is gone.' } };
  presenter.refreshSoon();
  vi.advanceTimersByTime(10_150);
  expect(refreshes).toBe(11);

  node = { ...node, connection: connected };
  desktop = { ...desktop, notificationsPausedUntilMs: Date.now() + 3_600_000 };
  presenter.refresh();
  refreshes = 0;
  vi.advanceTimersByTime(10_150);
  expect(refreshes).toBe(10);
});

test('after its end nothing is shown any more', () => {
  presenter.stop();
  presenter.refreshSoon();
  vi.advanceTimersByTime(60_000);
  expect(refreshes).toBe(0);
});
