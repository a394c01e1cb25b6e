import {
  Badge,
  makeStyles,
  mergeClasses,
  Tab as FluentTab,
  TabList,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { ReactElement } from 'react';
import { tabSchema, type Tab } from '../../src-shared/model/attention.ts';
import { Unseen } from '../components/marks/unseen.tsx';
import { formatCount, formatNumber } from '../base/format.ts';
import { useMediaQuery } from '../base/hooks.ts';
import { useHighContrast, useNode, useUi } from '../base/snapshot-store.ts';
import { useTabNavigation } from '../base/tab-navigation.ts';
import { tabEntries, type TabEntry } from './tabs.ts';
import { ServingMark } from './serving-mark.tsx';

const useStyles = makeStyles({
  root: {
    flex: '0 0 200px',
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
    padding: '16px 8px 12px',
    boxSizing: 'border-box',
    backgroundColor: tokens.colorNeutralBackground3,
    borderRight: `1px solid ${tokens.colorNeutralStroke2}`,
    overflowX: 'hidden',
    '@media (max-width: 1100px)': { flexBasis: '164px' },
    overflowY: 'auto',
  },
  narrow: {
    flexBasis: '56px',
    padding: '8px 4px',
    '@media (max-width: 1100px)': { flexBasis: '56px' },
  },
  server: { display: 'flex', flexDirection: 'column', gap: '2px', padding: '0 12px', minWidth: 0 },
  name: {
    fontSize: tokens.fontSizeBase400,
    fontWeight: tokens.fontWeightSemibold,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  label: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS },
  iconWithCount: { position: 'relative', display: 'inline-flex' },
  count: { position: 'absolute', top: '-8px', left: '10px' },
  foot: { marginTop: 'auto', padding: '0 12px' },
  footNarrow: { marginTop: 'auto', alignSelf: 'center' },
});

const countShownMax = 99;

/** Below this width the navigation shows icons only. */
const narrowQuery = '(max-width: 820px)';

export function Navigation() {
  const styles = useStyles();
  const narrow = useMediaQuery(narrowQuery);
  const { place, show } = useTabNavigation();
  const name = useNode((node) => node.server.name);
  return (
    <nav className={mergeClasses(styles.root, narrow && styles.narrow)} aria-label="Understudy">
      {!narrow && (
        <div className={styles.server}>
          <span className={styles.name} title={name}>
            <bdi>{name}</bdi>
          </span>
          <Text size={200}>Understudy</Text>
        </div>
      )}
      <TabList
        vertical
        size={narrow ? 'large' : 'medium'}
        selectedValue={place.tab}
        onTabSelect={(_event, { value }) => show(tabSchema.parse(value))}
        aria-label="Parts of the window"
      >
        {tabEntries.map((entry, index) => (
          <NavigationTab
            key={entry.tab}
            entry={entry}
            shortcut={`Ctrl+${index + 1}`}
            narrow={narrow}
            selected={entry.tab === place.tab}
          />
        ))}
      </TabList>
      <div className={narrow ? styles.footNarrow : styles.foot}>
        <ServingMark iconOnly={narrow} />
      </div>
    </nav>
  );
}

interface NavigationTabProps {
  entry: TabEntry;
  shortcut: string;
  narrow: boolean;
  selected: boolean;
}

function NavigationTab({ entry, shortcut, narrow, selected }: NavigationTabProps) {
  const styles = useStyles();
  const Icon = selected ? entry.iconSelected : entry.icon;
  const attention = useAttentionCount(entry.tab);
  const name = attention > 0 ? `${entry.label}, ${formatCount(attention, 'notice')}` : entry.label;
  // Fluent draws the icon of the selected tab in the colour of its background there.
  const highContrast = useHighContrast();
  return (
    <FluentTab
      value={entry.tab}
      icon={{
        children: narrow ? <IconWithCount icon={<Icon />} count={attention} /> : <Icon />,
        style: {
          // Fluent cuts off what stands out of the icon, which the count does.
          overflow: 'visible',
          ...(selected && highContrast && { color: tokens.colorNeutralForeground1Selected }),
        },
      }}
      title={`${entry.label} (${shortcut})`}
      {...(narrow && { 'aria-label': name })}
      aria-keyshortcuts={shortcut.replace('Ctrl', 'Control')}
    >
      {narrow ? undefined : (
        <span className={styles.label}>
          {entry.label}
          {attention > 0 && (
            <Badge size="small" color="warning" appearance="filled">
              {formatNumber(attention)}
              <Unseen>{attention === 1 ? ' notice' : ' notices'}</Unseen>
            </Badge>
          )}
        </span>
      )}
    </FluentTab>
  );
}

/** The icon of a tab where there is no room for its name: the number of notices stays. */
function IconWithCount({ icon, count }: { icon: ReactElement; count: number }) {
  const styles = useStyles();
  if (count === 0) return icon;
  return (
    <span className={styles.iconWithCount}>
      {icon}
      <Badge className={styles.count} size="small" color="warning" appearance="filled">
        {count > countShownMax ? `${countShownMax}+` : count}
      </Badge>
    </span>
  );
}

function useAttentionCount(tab: Tab): number {
  return useUi(
    (ui) =>
      ui?.attention.filter(
        ({ key, severity, ...entry }) =>
          entry.tab === tab && severity !== 'info' && !ui.setAside.includes(key),
      ).length ?? 0,
  );
}
