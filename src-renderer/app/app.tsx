import { FluentProvider, makeStyles, tokens } from '@fluentui/react-components';
import { useEffect } from 'react';
import { ImportProvider } from '../features/import/import-provider.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { LeaveDialog } from './leave-dialog.tsx';
import { Navigation } from './navigation.tsx';
import { NodeGate } from './node-gate.tsx';
import { TabPanel } from './tab-panel.tsx';
import { isDialogOpen } from '../base/open-dialogs.ts';
import { useUi } from '../base/snapshot-store.ts';
import { showTab } from '../base/tab-navigation.ts';
import { tabEntries } from './tabs.ts';
import { themeFor } from './theme.ts';

const useStyles = makeStyles({
  root: {
    height: '100vh',
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
  useShortcuts();
  useEffect(() => {
    document.documentElement.style.colorScheme = theme === 'light' ? 'light' : 'dark';
  }, [theme]);
  return (
    // No class of our own on the provider: Fluent would put it on every portal, too.
    <FluentProvider theme={themeFor(theme)}>
      <div className={styles.root}>
        <ErrorBoundary what="The window">
          <NodeGate>
            <Navigation />
            <ImportProvider className={styles.main}>
              <ConnectionBanner />
              <TabPanel />
              <LeaveDialog />
            </ImportProvider>
          </NodeGate>
        </ErrorBoundary>
      </div>
    </FluentProvider>
  );
}

/** Before the first snapshot says what theme it is. */
function preferredTheme(): 'light' | 'dark' {
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** Into the search of the tab; false where it has none. */
function focusSearch(): boolean {
  const search = document.querySelector<HTMLInputElement>('input[type=search]');
  search?.focus();
  search?.select();
  return search !== null;
}

function useShortcuts(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const plainCtrl = event.ctrlKey && !event.altKey && !event.shiftKey && !event.metaKey;
      if (!plainCtrl || isDialogOpen()) return;
      const entry = tabEntries[Number(event.key) - 1];
      if (entry) showTab(entry.tab);
      else if (event.key !== 'f' || !focusSearch()) return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
