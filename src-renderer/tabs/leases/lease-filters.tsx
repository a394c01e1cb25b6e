import { makeStyles, SearchBox, Select, Switch } from '@fluentui/react-components';
import { searchCharsMax } from '../../../src-shared/contract/records.ts';
import { useNode } from '../../base/snapshot-store.ts';

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 12px' },
  search: { flex: '1 1 200px', maxWidth: '340px' },
  license: { flex: '1 1 160px', maxWidth: '280px' },
});

interface LeaseFiltersProps {
  search: string;
  onSearch: (search: string) => void;
  license: string | undefined;
  onLicense: (license: string | undefined) => void;
  borrowedOnly: boolean;
  onBorrowedOnly: (borrowedOnly: boolean) => void;
}

export function LeaseFilters(props: LeaseFiltersProps) {
  const styles = useStyles();
  const licenses = useNode((node) => node.licenses);
  const { license } = props;
  const known = license === undefined || licenses.some(({ id }) => id === license);
  return (
    <div role="search" aria-label="Filter leases" className={styles.root}>
      <SearchBox
        className={styles.search}
        placeholder="User, host, application or feature"
        aria-label="Search leases"
        maxLength={searchCharsMax}
        value={props.search}
        onChange={(_event, data) => props.onSearch(data.value)}
      />
      <Select
        className={styles.license}
        aria-label="Licence"
        value={license ?? ''}
        onChange={(_event, data) => props.onLicense(data.value || undefined)}
      >
        <option value="">All licences</option>
        {!known && <option value={license}>{license}</option>}
        {licenses.map(({ id, feature }) => (
          <option key={id} value={id}>
            {feature} ({id})
          </option>
        ))}
      </Select>
      <Switch
        label="Borrowed only"
        checked={props.borrowedOnly}
        onChange={(_event, data) => props.onBorrowedOnly(data.checked)}
      />
    </div>
  );
}
