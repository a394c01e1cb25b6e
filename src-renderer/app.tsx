import { FluentProvider, makeStyles, tokens } from '@fluentui/react-components';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Tab } from '../src-shared/model/attention.ts';
import { subscribe } from './bridge.ts';
import { ImportProvider } from './import/import-provider.tsx';
import { ConnectionBanner } from './shell/connection-banner.tsx';
import { ErrorBoundary } from './shell/error-boundary.tsx';
import { Navigation } from './shell/navigation.tsx';
import { NodeGate } from './shell/node-gate.tsx';
import { TabPanel } from './shell/tab-panel.tsx';
import { useUi } from './snapshot-store.ts';
import { TabNavigationContext, type Place } from './tab-navigation.ts';
import { tabEntries } from './tabs.ts';
import { themeFor } from './theme.ts';

const useStyles = makeStyles({
  root: {
    height: '100%',
    display: 'flex',
    backgroundColor: tokens.colorNeutralBackground2,
    overflow: 'hidden',
  },
  main: {
    flex: 1,
    minWidth: 0,
    minHeight: 0,
    display: 'flex',
    flexDirection: 'column',
    position: 'relative',
  },
});

/** The window: navigation on the left, the tab beside it. */
export function App() {
  const styles = useStyles();
  const theme = useUi((ui) => ui?.desktop.effectiveTheme) ?? preferredTheme();
  const [place, setPlace] = useState<Place>({ tab: 'overview', license: undefined });
  const show = useCallback((tab: Tab, license?: string) => setPlace({ tab, license }), []);
  useEffect(() => subscribe('tab.show', ({ tab, license }) => show(tab, license)), [show]);
  useShortcuts(show);
  const navigation = useMemo(() => ({ place, show }), [place, show]);
  useEffect(() => {
    document.documentElement.style.colorScheme = theme === 'light' ? 'light' : 'dark';
  }, [theme]);
  return (
    <FluentProvider theme={themeFor(theme)} className={styles.root}>
      <TabNavigationContext value={navigation}>
        <ErrorBoundary what="The window">
          <NodeGate>
            <Navigation />
            <ImportProvider className={styles.main}>
              <ConnectionBanner />
              <TabPanel />
            </ImportProvider>
          </NodeGate>
        </ErrorBoundary>
      </TabNavigationContext>
    </FluentProvider>
  );
}

/** Before the first snapshot says what theme it is. */
function preferredTheme(): 'light' | 'dark' {
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

function useShortcuts(show: (tab: Tab) => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const plainCtrl = event.ctrlKey && !event.altKey && !event.shiftKey && !event.metaKey;
      if (!plainCtrl || document.querySelector('[aria-modal="true"]')) return;
      const entry = tabEntries[Number(event.key) - 1];
      if (entry) show(entry.tab);
      else if (event.key === 'f')
        document.querySelector<HTMLElement>('input[type=search]')?.focus();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [show]);
}
