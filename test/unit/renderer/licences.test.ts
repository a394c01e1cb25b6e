import { expect, test } from 'vitest';
import { clientCommand } from '../../../src-renderer/features/seats/client-command.ts';
import {
  describeServedBy,
  validityColors,
} from '../../../src-renderer/tabs/licences/describe-license.ts';
import {
  filterLicenses,
  listServing,
  noFilter,
  type LicenseFilter,
} from '../../../src-renderer/tabs/licences/filter-licenses.ts';
import {
  sortLicenses,
  type LicenseSort,
} from '../../../src-renderer/tabs/licences/sort-licenses.ts';
import { rankByScarcity } from '../../../src-renderer/tabs/overview/rank-by-scarcity.ts';
import { makeLicense } from '../../support/snapshot-builders.ts';
import { snapshot } from '../../support/renderer-harness/fixture.ts';

const licenses = snapshot.node?.licenses ?? [];
/** No failover works. */
const none: ReadonlySet<string> = new Set();
const features = (search: string, by: LicenseSort, descending = false) =>
  sortLicenses(filterLicenses(licenses, { ...noFilter, search }), { by, descending }, none).map(
    ({ feature }) => feature,
  );
const filtered = (filter: Partial<LicenseFilter>, among = licenses) =>
  filterLicenses(among, { ...noFilter, ...filter }).map(({ feature }) => feature);

test('sorts by name, seats, end and state, both ways', () => {
  expect(features('', 'feature')).toEqual(
    licenses.map(({ feature }) => feature).sort((a, b) => a.localeCompare(b)),
  );
  expect(features('', 'seats', true)[0]).toBe('render');
  expect(features('', 'expires')[0]).toBe('mesher');
  expect(features('', 'expires').at(-1)).toBe('solver');
  expect(features('', 'state')[0]).toBe('mesher');
});

test('what failed over comes first, then what nobody serves', () => {
  const [first, second, ...rest] = licenses;
  const servedBy = { id: 'b'.repeat(64), name: 'B', role: 'failover' } as const;
  const some = [
    ...rest,
    ...(first ? [{ ...first, servedBy: null }] : []),
    ...(second ? [{ ...second, servedBy: { ...servedBy, since: '2026-03-01T00:00:00Z' } }] : []),
  ];
  const sorted = sortLicenses(some, { by: 'servedBy', descending: false }, none);
  expect(sorted.slice(0, 2).map(({ id }) => id)).toEqual([second?.id, first?.id]);
});

test('a damaged licence comes before one that has expired, and is shown as an error', () => {
  const damage = 'What is kept of it is not what its vendor signed.';
  const [first, ...rest] = licenses;
  const some = [...rest, ...(first ? [{ ...first, validity: 'damaged' as const, damage }] : [])];
  const [worst] = sortLicenses(some, { by: 'state', descending: false }, none);
  expect(worst?.id).toBe(first?.id);
  expect(validityColors.damaged).toBe('danger');
});

test('what is meant to survive a failover and would not comes first', () => {
  const all = [
    makeLicense({ id: 'safe', failover: { configured: true } }),
    makeLicense({ id: 'alone' }),
    makeLicense({ id: 'lost', failover: { configured: true } }),
  ];
  const ids = (by: LicenseSort) =>
    sortLicenses(all, { by, descending: false }, new Set(['safe'])).map(({ id }) => id);
  expect(ids('works')).toEqual(['lost', 'alone', 'safe']);
  expect(ids('configured')[0]).toBe('alone');
});

test('searches product, feature, vendor and id, whatever the case', () => {
  expect(features('STRATA', 'feature')).toEqual(['mesher', 'solver']);
  expect(features(' brightfield software ', 'feature')).toHaveLength(licenses.length);
  expect(features('no such thing', 'feature')).toEqual([]);
});

test('names with numbers are in the order in which people count', () => {
  const [one] = licenses;
  const named = ['part10', 'Part2', 'part1', 'part 3'].map((feature) => ({ ...one!, feature }));
  const sorted = sortLicenses(named, { by: 'feature', descending: false }, none);
  expect(sorted.map(({ feature }) => feature)).toEqual(['part 3', 'part1', 'Part2', 'part10']);
});

test('filters by state, by who serves and by failover, and by all of them at once', () => {
  expect(filtered({ state: 'expired' })).toEqual(['mesher']);
  expect(filtered({ state: 'full' })).toEqual(['render']);
  expect(filtered({ state: 'demo' })).toEqual(['demo-editor']);
  expect(filtered({ state: 'notValid' })).toEqual(['simulation-advanced', 'mesher']);
  const [first, second, ...rest] = licenses;
  const other = { id: 'b'.repeat(64), name: 'SRV-B', since: '2026-03-01T00:00:00Z' };
  const some = [
    { ...first!, servedBy: null },
    {
      ...second!,
      servedBy: { ...other, role: 'failover' as const },
      failover: { configured: true },
    },
    ...rest,
  ];
  expect(filtered({ server: 'nobody' }, some)).toEqual([first?.feature]);
  expect(filtered({ server: other.id }, some)).toEqual([second?.feature]);
  expect(filtered({ failover: 'failedOver' }, some)).toEqual([second?.feature]);
  expect(filtered({ failover: 'configured' }, some)).toEqual([second?.feature]);
  expect(filtered({ failover: 'notConfigured' }, some)).toHaveLength(some.length - 1);
  expect(filtered({ failover: 'failedOver', state: 'expired' }, some)).toEqual([]);
  expect(listServing(some).map(({ name }) => name)).toEqual(['SRV-B', 'SRV-LIC-01']);
});

test('the licences that run out first come first', () => {
  const ranked = rankByScarcity(licenses).map(({ feature }) => feature);
  expect(ranked.slice(0, 2)).toEqual(['render', 'simulation-advanced']);
  expect(ranked.at(-1)).toBe('mesher');
});

test('says who serves a licence, and as what', () => {
  const servedBy = { id: 'a'.repeat(64), name: 'SRV-B', since: '2026-03-01T00:00:00Z' };
  const here = describeServedBy({ ...servedBy, role: 'primary' }, servedBy.id);
  expect(here).toEqual({ who: 'This server', role: 'primary' });
  const there = describeServedBy({ ...servedBy, role: 'failover' }, 'b'.repeat(64));
  expect(there).toEqual({ who: 'SRV-B', role: 'failover' });
  expect(describeServedBy(null, servedBy.id)).toEqual({ who: 'Not served', role: '' });
  const waiting = describeServedBy(null, servedBy.id, 'SRV-A');
  expect(waiting).toEqual({ who: 'Not served', role: 'waits for SRV-A' });
});

test('the command for a client is one that can be typed', () => {
  const addresses = ['[::1]:7470'];
  expect(clientCommand({ feature: 'cad', addresses, packaged: true })).toBe(
    'understudy client run --feature cad --server [::1]:7470 -- YOUR-APPLICATION',
  );
  expect(clientCommand({ feature: 'cad pro "x"', addresses, packaged: false })).toBe(
    'node scripts/cli.mjs client run --feature "cad pro \\"x\\"" --server [::1]:7470 -- YOUR-APPLICATION',
  );
  expect(clientCommand({ feature: undefined, addresses, packaged: true })).toContain('FEATURE');
  const both = clientCommand({ feature: 'cad', addresses: ['a:7470', 'b:7470'], packaged: true });
  expect(both).toContain('--server a:7470 --server b:7470 --');
});
