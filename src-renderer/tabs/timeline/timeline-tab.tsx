import { Button, makeStyles, SearchBox, Select, Switch, Text } from '@fluentui/react-components';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { searchCharsMax } from '../../../src-shared/contract/records.ts';
import type { Severity, TimelineEvent } from '../../../src-shared/model/timeline.ts';
import { request } from '../../base/bridge.ts';
import { CopyButton } from '../../components/buttons/copy-button.tsx';
import { EmptyState } from '../../components/layout/empty-state.tsx';
import { ExportCsvButton } from '../../components/buttons/export-csv-button.tsx';
import { VirtualGrid } from '../../components/grid/virtual-grid.tsx';
import { Page } from '../../components/layout/page.tsx';
import { RefusalBar } from '../../components/forms/refusal-bar.tsx';
import { formatCount } from '../../base/format.ts';
import { useDebounced } from '../../base/hooks.ts';
import { HistoryRegular } from '../../base/icons.ts';
import { useNode } from '../../base/snapshot-store.ts';
import { useTabNavigation } from '../../base/tab-navigation.ts';
import { timelineColumns } from './timeline-columns.tsx';
import { TimelineFeed, type TimelineState } from './timeline-feed.ts';
import { timelineRows, type TimelineRow } from './timeline-rows.ts';
import { timelineText } from './timeline-text.ts';

const useStyles = makeStyles({
  filters: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 12px' },
  search: { flex: '1 1 200px', maxWidth: '340px' },
});

const rowHeightPx = 36;
const searchAfterMs = 250;
/** Entries that are copied at most; the CSV file has all. */
const copiedMax = 2_000;

const severityFilters = {
  all: { label: 'All entries', severities: undefined },
  warnings: { label: 'Warnings and errors', severities: ['warning', 'error'] },
  errors: { label: 'Errors', severities: ['error'] },
} satisfies Record<string, { label: string; severities: Severity[] | undefined }>;
type SeverityFilter = keyof typeof severityFilters;
const severityFilterNames = Object.keys(severityFilters) as SeverityFilter[];

/** One story: what happened on this server and those related to it, the newest first. */
export function TimelineTab() {
  const styles = useStyles();
  const { show } = useTabNavigation();
  const [severity, setSeverity] = useState<SeverityFilter>('all');
  const [searchText, setSearchText] = useState('');
  const [following, setFollowing] = useState(true);
  const search = useDebounced(searchText.trim(), searchAfterMs);
  const serverNames = useServerNames();
  const [server, setServer] = useState('');
  const { feed, state, waiting } = useTimeline({ severity, search, server, following });
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const rows = useMemo(() => timelineRows(state.entries, open), [state.entries, open]);
  const rowCount = rows.length;
  const onToggle = useCallback(({ sequence }: TimelineEvent) => {
    // What is unfolded is to stay where the admin looks at it.
    setFollowing(false);
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(sequence)) next.add(sequence);
      return next;
    });
  }, []);
  const columns = useMemo(
    () => timelineColumns({ show, onToggle, serverNames }),
    [show, onToggle, serverNames],
  );
  const onRange = useCallback(
    (first: number, last: number) => {
      if (first > 0) setFollowing(false);
      if (last >= rowCount - 1) void feed.loadOlder();
    },
    [feed, rowCount],
  );
  return (
    <Page
      title="Timeline"
      actions={
        <>
          <CopyButton
            text={timelineText(state.entries.slice(0, copiedMax), serverNames)}
            what="entries"
            labelled
          />
          <ExportCsvButton what="timeline" rowWords={['entry', 'entries']} />
        </>
      }
    >
      <div role="search" aria-label="Filter entries" className={styles.filters}>
        <SearchBox
          className={styles.search}
          placeholder="Search the timeline"
          aria-label="Search the timeline"
          maxLength={searchCharsMax}
          value={searchText}
          onChange={(_event, data) => setSearchText(data.value)}
        />
        <Select
          aria-label="Severity"
          value={severity}
          onChange={(_event, { value }) =>
            setSeverity(severityFilterNames.find((name) => name === value) ?? 'all')
          }
        >
          {severityFilterNames.map((name) => (
            <option key={name} value={name}>
              {severityFilters[name].label}
            </option>
          ))}
        </Select>
        {serverNames && (
          <Select
            aria-label="Server"
            value={server}
            onChange={(_event, { value }) => setServer(value)}
          >
            <option value="">All servers</option>
            {[...serverNames].map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        )}
        <Switch
          label="Follow"
          checked={following}
          onChange={(_event, data) => setFollowing(data.checked)}
        />
        {waiting && <Button onClick={() => setFollowing(true)}>Show new entries</Button>}
      </div>
      <RefusalBar title="The timeline cannot be read." refusal={state.refusal} />
      <VirtualGrid<TimelineRow>
        label="Timeline"
        wrap
        columns={columns}
        rowCount={rowCount}
        rowHeightPx={rowHeightPx}
        rowAt={(index) => rows[index]}
        onRange={onRange}
        topKey={following ? state.entries[0]?.sequence : undefined}
        empty={
          state.loaded && (
            <EmptyState
              icon={<HistoryRegular />}
              title="Nothing here"
              text={
                search === '' && severity === 'all' && server === ''
                  ? 'What happens on this server will be here, from imports to exhausted seats.'
                  : 'No entry fits the search and the filters.'
              }
            />
          )
        }
      />
      <Text size={200} role="status">
        {describeEntries(state)}
      </Text>
    </Page>
  );
}

/** This server and those whose entries it may have; null when there is only this one. */
function useServerNames(): ReadonlyMap<string, string> | null {
  const here = useNode((node) => node.server);
  const relationships = useNode((node) => node.relationships);
  const servers = useNode((node) => node.servers);
  const members = relationships.flatMap((relationship) => relationship.members);
  const key = [here, ...members, ...servers.filter(({ pairing }) => pairing !== 'none')]
    .map(({ id, name }) => `${id} ${name}`)
    .join('\n');
  return useMemo(() => {
    const pairs = key
      .split('\n')
      .map((line): [string, string] => [line.slice(0, 64), line.slice(65)]);
    const names = new Map(pairs.toReversed());
    return names.size > 1 ? new Map([...names].toReversed()) : null;
  }, [key]);
}

function describeEntries({ loaded, entries, ended }: TimelineState): string {
  if (!loaded) return 'Reading …';
  const count = formatCount(entries.length, 'entry', 'entries');
  return ended ? count : `${count}; scroll down for older ones`;
}

interface TimelineQuery {
  severity: SeverityFilter;
  search: string;
  /** Empty: all servers. */
  server: string;
  following: boolean;
}

function useTimeline({ severity, search, server, following }: TimelineQuery) {
  const feed = useMemo(() => {
    const { severities } = severityFilters[severity];
    const filter = { search, ...(severities && { severities }), ...(server && { server }) };
    return new TimelineFeed(filter, (params) => request('events.list', params));
  }, [severity, search, server]);
  const state = useSyncExternalStore(feed.subscribe, feed.getState);
  const newest = useNode((node) => node.events[0]?.sequence ?? 0);
  const [heldAt, setHeldAt] = useState(newest);
  if (following && heldAt !== newest) setHeldAt(newest);
  useEffect(() => feed.follow(heldAt), [feed, heldAt]);
  useEffect(() => {
    feed.open();
    return () => feed.close();
  }, [feed]);
  return { feed, state, waiting: newest > heldAt };
}
