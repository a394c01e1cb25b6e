import { createContext, useContext } from 'react';
import type { Tab } from '../src-shared/model/attention.ts';

/** Where the window is: the tab, and the licence that it should show. */
export interface Place {
  tab: Tab;
  license: string | undefined;
}

interface TabNavigation {
  place: Place;
  /** Shows a tab and, where one is given, a licence in it. */
  show: (tab: Tab, license?: string) => void;
}

export const TabNavigationContext = createContext<TabNavigation | null>(null);

export function useTabNavigation(): TabNavigation {
  const navigation = useContext(TabNavigationContext);
  if (!navigation) throw new Error('No TabNavigationContext above.');
  return navigation;
}
