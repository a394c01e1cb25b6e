import { makeStyles, SearchBox, Select } from '@fluentui/react-components';
import { useMemo } from 'react';
import { useNode } from '../../base/snapshot-store.ts';
import {
  failoverFilters,
  listServing,
  stateFilters,
  type LicenseFilter,
} from './filter-licenses.ts';

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 12px' },
  search: { flex: '1 1 200px', maxWidth: '340px' },
  choice: { flex: '0 1 190px', minWidth: '120px' },
});

interface LicenseFiltersProps {
  filter: LicenseFilter;
  onFilter: (filter: LicenseFilter) => void;
}

export function LicenseFilters({ filter, onFilter }: LicenseFiltersProps) {
  const styles = useStyles();
  const licenses = useNode((node) => node.licenses);
  const servers = useMemo(() => listServing(licenses), [licenses]);
  const known = servers.some(({ id }) => id === filter.server);
  return (
    <div role="search" aria-label="Filter licences" className={styles.root}>
      <SearchBox
        className={styles.search}
        placeholder="Search licences"
        aria-label="Search licences"
        value={filter.search}
        onChange={(_event, data) => onFilter({ ...filter, search: data.value })}
      />
      <Choice
        label="State"
        options={labelsOf(stateFilters)}
        value={filter.state}
        onValue={(state) => onFilter({ ...filter, state })}
      />
      <Select
        className={styles.choice}
        aria-label="Served by"
        value={filter.server}
        onChange={(_event, { value }) => onFilter({ ...filter, server: value })}
      >
        <option value="all">Served by anybody</option>
        {servers.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        <option value="nobody">Served by nobody</option>
        {!known && filter.server !== 'all' && filter.server !== 'nobody' && (
          <option value={filter.server}>Serves nothing now</option>
        )}
      </Select>
      <Choice
        label="Failover"
        options={labelsOf(failoverFilters)}
        value={filter.failover}
        onValue={(failover) => onFilter({ ...filter, failover })}
      />
    </div>
  );
}

function labelsOf<Name extends string>(
  filters: Record<Name, { label: string }>,
): readonly (readonly [Name, string])[] {
  return (Object.keys(filters) as Name[]).map((name) => [name, filters[name].label]);
}

interface ChoiceProps<Name extends string> {
  label: string;
  options: readonly (readonly [Name, string])[];
  value: Name;
  onValue: (value: Name) => void;
}

function Choice<Name extends string>({ label, options, value, onValue }: ChoiceProps<Name>) {
  const styles = useStyles();
  return (
    <Select
      className={styles.choice}
      aria-label={label}
      value={value}
      onChange={(_event, data) => {
        const chosen = options.find(([name]) => name === data.value);
        if (chosen) onValue(chosen[0]);
      }}
    >
      {options.map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </Select>
  );
}
