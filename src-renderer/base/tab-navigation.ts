import { useSyncExternalStore } from 'react';
import type { Tab } from '../../src-shared/model/attention.ts';
import { subscribe } from './bridge.ts';
import { leave } from './unsaved.ts';

/** Where the window is: the tab, and the licence that it should show. */
export interface Place {
  tab: Tab;
  license: string | undefined;
}

let place: Place = { tab: 'overview', license: undefined };
const listeners = new Set<() => void>();

function go(next: Place): void {
  place = next;
  for (const listener of listeners) listener();
}

/**
 * Shows a tab and, where one is given, a licence in it. A tab with drafts that were not applied asks before it is
 * left.
 */
export function showTab(tab: Tab, license?: string): void {
  if (tab === place.tab) go({ tab, license });
  else leave(() => go({ tab, license }));
}

/** To be called before the first snapshot is asked for: from then on main may ask for a tab. */
export function startTabNavigation(): void {
  subscribe('tab.show', ({ tab, license }) => showTab(tab, license));
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTabNavigation(): { place: Place; show: typeof showTab } {
  return { place: useSyncExternalStore(listen, () => place), show: showTab };
}
